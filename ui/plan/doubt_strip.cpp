#include "ui/plan/doubt_strip.h"

#include "ui/plan/doubt_words.h"
#include "ui/plan/target_choice.h"
#include "ui/widgets/field_mark.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPixmap>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

DoubtStrip::DoubtStrip(QWidget* parent)
    : QFrame(parent)
    , m_sign(new QLabel(this))
    , m_title(new ToneLabel(Tone::Caution, {}, this))
    , m_again(new QPushButton(QStringLiteral("Show all"), this))
    , m_column(new QVBoxLayout) {
    setFrameShape(QFrame::StyledPanel);
    m_again->setAutoDefault(false);
    m_again->setProperty(kStaysEnabled, true);
    m_again->setAccessibleName(QStringLiteral("Show the doubts that were put aside"));
    connect(m_again, &QPushButton::clicked, this, [this] {
        m_put.clear();
        rebuild();
        Q_EMIT controlsChanged();
    });
    auto* head = new QHBoxLayout;
    head->setSpacing(kGap);
    head->addWidget(m_sign, 0, Qt::AlignTop);
    head->addWidget(m_title, 1);
    head->addWidget(m_again);
    m_column->setSpacing(kGap);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 6, 6, 6);
    column->setSpacing(kGap);
    column->addLayout(head);
    column->addLayout(m_column);
    hide();
}

void DoubtStrip::present(const std::vector<Target>& targets, const std::vector<ProbeFinding>& findings) {
    std::vector<Doubt> doubts;
    for (const Target& target : targets) {
        const ProbeFinding* finding = findingOf(target, findings);
        if (finding == nullptr) continue;
        std::vector<std::string> all = finding->facts.doubts;
        for (const std::string& name : {target.model, target.model + ":latest"})
            if (const auto memory = finding->memories.find(name); memory != finding->memories.end())
                if (std::string doubt = memoryDoubt(memory->second, target.kind, finding->facts.context_tokens.value_or(0), {});
                    !doubt.empty())
                    all.push_back(std::move(doubt));
        for (const std::string& words : all) {
            const std::string place = placeOf(target.url);
            const auto same =
                std::find_if(doubts.begin(), doubts.end(), [&](const Doubt& d) { return d.place == place && d.text == words; });
            if (same != doubts.end()) same->targets.push_back(target.id);
            else doubts.push_back({place, words, {target.id}});
        }
    }
    if (doubts == m_doubts) return; // what is focused stays
    m_doubts = std::move(doubts);
    rebuild();
    Q_EMIT controlsChanged();
}

void DoubtStrip::rebuild() {
    while (QLayoutItem* item = m_column->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater(); // its button may be what was pressed
        delete item;
    }
    m_aside = 0;
    for (const Doubt& doubt : m_doubts) {
        if (m_put.count({doubt.place, doubt.text}) != 0) {
            ++m_aside;
            continue;
        }
        const DoubtWords words = doubtWords(doubt.text);
        QStringList ids;
        for (const std::string& id : doubt.targets) ids << text(id);
        auto* item = new QWidget(this);
        auto* what = new QLabel(ids.join(QStringLiteral(", ")) + QStringLiteral(": ") + words.what, item);
        what->setTextFormat(Qt::PlainText);
        what->setWordWrap(true);
        auto* aside = new QToolButton(item);
        aside->setText(QStringLiteral("✕"));
        aside->setAutoRaise(true);
        aside->setFocusPolicy(Qt::StrongFocus);
        aside->setProperty(kStaysEnabled, true);
        aside->setToolTip(QStringLiteral("Put aside: it stays counted"));
        aside->setAccessibleName(QStringLiteral("Put aside: ") + words.what);
        connect(aside, &QToolButton::clicked, this, [this, key = std::make_pair(doubt.place, doubt.text)] {
            m_put.insert(key);
            rebuild();
            Q_EMIT controlsChanged();
        });
        auto* row = new QHBoxLayout;
        row->setSpacing(4);
        row->addWidget(what, 1);
        row->addWidget(aside, 0, Qt::AlignTop);
        auto* column = new QVBoxLayout(item);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(1);
        column->addLayout(row);
        column->addWidget(new ToneLabel(Tone::Faint, words.why, item));
        column->addWidget(new ToneLabel(Tone::Normal, QStringLiteral("To do: ") + words.mend, item));
        m_column->addWidget(item);
    }
    const int count = int(m_doubts.size());
    QString title =
        count == 1 ? QStringLiteral("1 doubt about these targets") : QStringLiteral("%1 doubts about these targets").arg(count);
    if (m_aside > 0) title += QStringLiteral(", %1 put aside").arg(m_aside);
    m_title->setText(title);
    m_again->setVisible(m_aside > 0);
    setAccessibleName(title);
    setVisible(count > 0);
    if (count > 0) paintSign();
}

void DoubtStrip::changeEvent(QEvent* event) {
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_doubts.empty()) paintSign();
}

void DoubtStrip::paintSign() { m_sign->setPixmap(problemSign(true, palette(), 14, devicePixelRatioF())); }

} // namespace looptax
