#include "ui/plan/target_list.h"

#include "ui/model/services.h"
#include "ui/plan/embedded_row.h"
#include "ui/plan/target_card.h"
#include "ui/plan/target_choice.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/fold.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {

// One finding: what it is, and the button that puts it into the plan.
class FoundRow : public QFrame {
public:
    FoundRow(const ProbeFinding& finding, QWidget* parent) : QFrame(parent), m_add(new QPushButton(QStringLiteral("Add"), this)) {
        auto* title = new QLabel(findingTitle(finding), this);
        title->setTextFormat(Qt::PlainText);
        title->setWordWrap(true);
        auto* details = new ToneLabel(Tone::Faint, findingDetails(finding), this);
        auto* words = new QVBoxLayout;
        words->setSpacing(0);
        words->addWidget(title);
        words->addWidget(details);
        auto* row = new QHBoxLayout(this);
        row->setContentsMargins(0, 0, 0, 0);
        row->addLayout(words, 1);
        row->addWidget(m_add, 0, Qt::AlignVCenter);
        m_add->setAutoDefault(false);
        m_add->setAccessibleName(QStringLiteral("Add ") + findingTitle(finding));
        m_add->setToolTip(QStringLiteral("Measure this runtime. Pressed again, another of its models."));
        holdDisabled(m_add, finding.product.empty());
    }
    QPushButton* button() const { return m_add; }

private:
    QPushButton* m_add;
};

} // namespace

TargetList::TargetList(const EmbeddedRuntime& embedded, QWidget* parent)
    : QWidget(parent)
    , m_runtime(embedded)
    , m_cardColumn(new QVBoxLayout)
    , m_more(new Fold(QStringLiteral("Add a &target"), this))
    , m_foundLine(new ToneLabel(Tone::Faint, {}, this))
    , m_foundColumn(new QVBoxLayout)
    , m_look(new QPushButton(QStringLiteral("Loo&k again"), this))
    , m_byHand(new QPushButton(QStringLiteral("Enter by hand"), this))
    , m_embedded(new EmbeddedRow(embedded, this)) {
    m_mark = new FieldMark(QStringLiteral("The list of targets"), nullptr, this);
    m_cardColumn->setSpacing(kGap);
    m_foundColumn->setSpacing(kGap);
    for (QPushButton* button : {m_look, m_byHand}) button->setAutoDefault(false);
    m_look->setToolTip(QStringLiteral("Asks the usual ports of this machine, and the addresses of the plan, what answers "
                                      "there. Sends no prompt."));
    m_byHand->setToolTip(QStringLiteral("A runtime at another address, or a command that starts one."));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(kGap);
    buttons->addWidget(m_look, 1);
    buttons->addWidget(m_byHand, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(kGap);
    column->addWidget(m_mark);
    column->addLayout(m_cardColumn);
    column->addWidget(m_more);
    QVBoxLayout* more = m_more->bodyLayout();
    more->addWidget(m_foundLine);
    more->addLayout(m_foundColumn);
    more->addWidget(m_embedded);
    more->addLayout(buttons);
    connect(m_mark, &FieldMark::accepted, this, &TargetList::edited);
    connect(m_look, &QPushButton::clicked, this, &TargetList::lookWanted);
    connect(m_byHand, &QPushButton::clicked, this, [this] {
        add(targetByHand(targets()));
        m_cards.back()->focusFirst();
    });
    connect(m_embedded, &EmbeddedRow::wanted, this, &TargetList::addEmbedded);
    arrange();
    showFindings();
}

TargetCard* TargetList::addCard(const Target& target) {
    auto* card = new TargetCard(target, this);
    m_cards.push_back(card);
    m_cardColumn->addWidget(card);
    offerModels(card);
    connect(card, &TargetCard::edited, this, [this, card] {
        offerModels(card);
        arrange();
        Q_EMIT edited();
    });
    connect(card, &TargetCard::removed, this, [this, card] { remove(card); });
    connect(card, &TargetCard::moved, this, [this, card](int by) { move(card, by); });
    return card;
}

void TargetList::setTargets(const std::vector<Target>& targets) {
    for (TargetCard* card : m_cards) {
        card->hide();
        m_cardColumn->removeWidget(card);
        card->deleteLater(); // one of its buttons may be what was pressed
    }
    m_cards.clear();
    m_mark->forget();
    for (const Target& target : targets) addCard(target);
    m_more->setOpen(targets.empty() || m_embedded->installing());
    arrange();
    Q_EMIT cardsChanged();
}

std::vector<Target> TargetList::targets() const {
    std::vector<Target> out;
    for (const TargetCard* card : m_cards) out.push_back(card->target());
    return out;
}

void TargetList::add(const Target& target) {
    addCard(target);
    m_mark->forget();
    arrange();
    Q_EMIT cardsChanged();
    Q_EMIT edited();
}

void TargetList::addEmbedded() {
    Target target = m_runtime.target;
    const std::vector<Target> present = targets();
    if (target.id.empty() || std::any_of(present.begin(), present.end(), [&](const Target& t) { return t.id == target.id; }))
        target.id = freeId(target.kind, present);
    add(target);
}

void TargetList::remove(TargetCard* card) {
    m_cards.erase(std::find(m_cards.begin(), m_cards.end(), card));
    card->hide();
    m_cardColumn->removeWidget(card);
    card->deleteLater();
    if (m_cards.empty()) m_more->setOpen(true);
    arrange();
    Q_EMIT edited();
}

void TargetList::move(TargetCard* card, int by) {
    const auto at = std::find(m_cards.begin(), m_cards.end(), card) - m_cards.begin();
    const auto to = at + by;
    if (to < 0 || to >= std::ptrdiff_t(m_cards.size())) return;
    std::swap(m_cards[std::size_t(at)], m_cards[std::size_t(to)]);
    m_cardColumn->removeWidget(card);
    m_cardColumn->insertWidget(int(to), card);
    arrange();
    Q_EMIT cardsChanged();
    Q_EMIT edited();
}

void TargetList::arrange() {
    for (std::size_t i = 0; i < m_cards.size(); ++i) m_cards[i]->setPlace(int(i), int(m_cards.size()));
    const bool inPlan = std::any_of(m_cards.begin(), m_cards.end(), [&](const TargetCard* card) {
        return card->target().managed && card->target().managed == m_runtime.target.managed;
    });
    m_embedded->setInPlan(inPlan);
}

void TargetList::offerModels(TargetCard* card) const {
    const ProbeFinding* finding = findingOf(card->target(), m_findings);
    card->setModels(finding != nullptr ? modelsOf(*finding) : std::vector<std::string>{});
}

void TargetList::offer(const std::vector<ProbeFinding>& findings) {
    m_findings = findings;
    m_looked = true;
    for (TargetCard* card : m_cards) offerModels(card);
    showFindings();
    Q_EMIT cardsChanged();
}

void TargetList::setLooking(bool looking) {
    m_looking = looking;
    sayFound();
}

void TargetList::showFindings() {
    while (QLayoutItem* item = m_foundColumn->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater();
        delete item;
    }
    for (const ProbeFinding& finding : m_findings) {
        if (!finding.answers) continue;
        auto* row = new FoundRow(finding, this);
        m_foundColumn->addWidget(row);
        connect(row->button(), &QPushButton::clicked, this, [this, finding] {
            add(targetFrom(finding, targets()));
            m_cards.back()->focusFirst();
        });
    }
    sayFound();
}

void TargetList::closeMore() {
    if (!m_embedded->installing()) m_more->setOpen(false);
}

void TargetList::sayFound() {
    QStringList silent;
    int found = 0;
    for (const ProbeFinding& finding : m_findings) {
        if (finding.answers) ++found;
        else silent << shortAddress(finding.url);
    }
    if (m_looking) m_foundLine->setText(QStringLiteral("Looking for runtimes on this machine …"));
    else if (!m_looked) m_foundLine->setText(QStringLiteral("Nothing was looked for yet."));
    else if (found == 0) m_foundLine->setText(QStringLiteral("No runtime answers on this machine."));
    else m_foundLine->setText(QStringLiteral("Found on this machine:"));
    m_more->setSummary(m_looking   ? QStringLiteral("looking …")
                       : found > 0 ? QStringLiteral("%1 found on this machine").arg(found)
                                   : QStringLiteral("embedded, or by hand"));
    m_foundLine->setToolTip(silent.isEmpty() ? QString() : QStringLiteral("No answer at ") + silent.join(QStringLiteral(", ")));
}

std::vector<PlanField> TargetList::fields() const {
    std::vector<PlanField> out{{"$.targets", m_mark}};
    for (std::size_t i = 0; i < m_cards.size(); ++i)
        for (const PlanField& field : m_cards[i]->fields(int(i))) out.push_back(field);
    return out;
}

void TargetList::setCounts() {
    for (TargetCard* card : m_cards) card->setCounts();
}

void TargetList::unfoldMistakes() {
    for (TargetCard* card : m_cards) card->unfoldMistakes();
}

} // namespace looptax
