#include "ui/plan/design_row.h"

#include "base/text.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"

#include <QCheckBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPixmap>
#include <QToolButton>

#include <algorithm>

namespace looptax {

namespace {

constexpr int kChip = 10;
} // namespace

DesignRow::DesignRow(const CellGroup& group, const DesignFacts* facts, bool chosen, bool further, QWidget* parent)
    : QWidget(parent)
    , m_group(group)
    , m_known(facts != nullptr)
    , m_takesCap(facts != nullptr && facts->takes_cap)
    , m_takesPadding(facts != nullptr && facts->takes_padding)
    , m_further(further)
    , m_check(new QCheckBox(this))
    , m_button(new QToolButton(this)) {
    const QString id = text(group.design);
    const QString what = facts != nullptr ? text(std::string(facts->name)) : QStringLiteral("unknown");
    m_check->setText(id + QLatin1Char(' ') + what);
    m_check->setChecked(chosen);
    m_check->setAccessibleName(
        QStringLiteral("Design %1, %2%3").arg(id, what, further ? QStringLiteral(", another set") : QString()));
    m_mark = new FieldMark(QStringLiteral("Design ") + id, m_check, this);
    m_button->setAutoRaise(true);
    m_button->setFocusPolicy(Qt::StrongFocus);
    m_button->setText(further ? QStringLiteral("✕") : QStringLiteral("+"));
    m_button->setToolTip(further ? QStringLiteral("Take this set away")
                                 : QStringLiteral("Another set of lengths of this design: all lists of one set are "
                                                  "crossed with each other"));
    m_button->setAccessibleName(
        (further ? QStringLiteral("Take away this set of design ") : QStringLiteral("Another set of lengths of design ")) + id);

    const QString of = QStringLiteral(" of design ") + id;
    m_turns = makeList(QStringLiteral("Lengths") + of, QStringLiteral("The list of lengths"),
                       QStringLiteral("How many turns each conversation has, a run for each: 1, 3, 6 or 1-12"), group.turns);
    m_cap = makeList(QStringLiteral("Cap") + of, QStringLiteral("The cap"),
                     QStringLiteral("How many of the newest entries the state holds. Blank: 3"), group.cap);
    m_cap.line->setPlaceholderText(QStringLiteral("3"));
    m_padding = makeList(QStringLiteral("Padding") + of, QStringLiteral("The padding"),
                         QStringLiteral("How many entries the state starts with: 1, 3, 6, 9"), group.padding);
    m_cap.label->setText(QStringLiteral("cap: newest entries kept"));
    m_padding.label->setText(QStringLiteral("padding: entries at start"));
    m_turns.label->hide();

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(3);
    grid->setColumnStretch(1, 1);
    grid->addWidget(m_check, 0, 0);
    grid->addWidget(m_turns.line, 0, 1);
    grid->addWidget(m_button, 0, 2);
    grid->addWidget(m_turns.mark, 1, 1, 1, 2);
    grid->addWidget(m_cap.label, 2, 0, Qt::AlignRight);
    grid->addWidget(m_cap.line, 2, 1);
    grid->addWidget(m_cap.mark, 3, 1, 1, 2);
    grid->addWidget(m_padding.label, 4, 0, Qt::AlignRight);
    grid->addWidget(m_padding.line, 4, 1);
    grid->addWidget(m_padding.mark, 5, 1, 1, 2);
    grid->addWidget(m_mark, 6, 0, 1, 3);

    bind(m_turns, &CellGroup::turns);
    bind(m_cap, &CellGroup::cap);
    bind(m_padding, &CellGroup::padding);
    connect(m_mark, &FieldMark::accepted, this, &DesignRow::edited);
    connect(m_check, &QCheckBox::clicked, this, [this](bool on) {
        if (!on)
            for (const List& list : {m_turns, m_cap, m_padding}) list.mark->forget();
        m_mark->forget();
        arrange();
        if (on && m_turns.line->text().isEmpty()) m_turns.line->setFocus();
        Q_EMIT edited();
    });
    connect(m_button, &QToolButton::clicked, this, [this] {
        if (m_further) Q_EMIT removed();
        else Q_EMIT anotherWanted();
    });
    arrange();
    paintChip();
}

DesignRow::List DesignRow::makeList(const QString& label, const QString& subject, const QString& tip,
                                    const std::vector<int>& values) {
    List list;
    list.label = new QLabel(this);
    list.label->setFont(uiFont(kSmallPixels));
    list.label->setToolTip(tip);
    list.line = new QLineEdit(numbersText(values), this);
    list.line->setToolTip(tip);
    list.line->setCursorPosition(0);
    list.line->setAccessibleName(label);
    list.label->setBuddy(list.line);
    list.mark = new FieldMark(subject, list.line, this);
    connect(list.mark, &FieldMark::accepted, this, &DesignRow::edited);
    return list;
}

void DesignRow::bind(const List& list, std::vector<int> CellGroup::*values) {
    connect(list.line, &QLineEdit::textEdited, this, [this, list, values](const QString& typed) {
        ReadNumbers read = readNumbers(typed);
        m_group.*values = std::move(read.values);
        list.mark->forget();
        m_mark->forget();
        std::optional<Problem> slip;
        if (!read.slip.isEmpty())
            slip = Problem{{},
                           "has “" + std::string(firstBytes(read.slip.toStdString(), 40)) + "”, which is no whole number",
                           "numbers with commas between, such as 1, 3, 6",
                           false};
        list.mark->setSlip(std::move(slip));
        Q_EMIT edited();
    });
}

int DesignRow::nameWidth() const {
    return std::max({m_check->sizeHint().width(), m_cap.label->sizeHint().width(), m_padding.label->sizeHint().width()});
}

void DesignRow::setNameWidth(int width) { static_cast<QGridLayout*>(layout())->setColumnMinimumWidth(0, width); }

bool DesignRow::isChosen() const { return m_check->isChecked(); }

void DesignRow::arrange() {
    const bool on = isChosen();
    holdDisabled(m_turns.line, !on);
    // What a design does not take is shown only where a file gave it: its mark says that it is wrong.
    const auto set = [on](const List& list, bool wanted) {
        list.label->setVisible(on && wanted);
        list.line->setVisible(on && wanted);
        if (!(on && wanted)) list.mark->hide();
    };
    set(m_cap, m_takesCap || !m_cap.line->text().isEmpty());
    set(m_padding, m_takesPadding || !m_padding.line->text().isEmpty());
    m_button->setVisible(m_known && (on || m_further));
    if (!on) {
        m_turns.mark->hide();
        m_mark->hide();
    }
}

std::vector<PlanField> DesignRow::fields(int index) const {
    const std::string at = "$.cells[" + std::to_string(index) + "]";
    return {{at, m_mark}, {at + ".turns", m_turns.mark}, {at + ".cap", m_cap.mark}, {at + ".padding", m_padding.mark}};
}

void DesignRow::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) paintChip();
}

// The colour this design has in the charts.
void DesignRow::paintChip() {
    QPixmap picture(QSize(kChip, kChip) * devicePixelRatioF());
    picture.setDevicePixelRatio(devicePixelRatioF());
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(designColour(themeFor(palette()), m_group.design));
    painter.drawRoundedRect(QRectF(0, 0, kChip, kChip), 2, 2);
    painter.end();
    m_check->setIcon(QIcon(picture));
    m_check->setIconSize(QSize(kChip, kChip));
}

} // namespace looptax
