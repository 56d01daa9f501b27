#include "ui/widgets/field_mark.h"

#include "base/text.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPixmap>
#include <QPushButton>
#include <QRegularExpression>
#include <QVBoxLayout>

namespace looptax {

namespace {

constexpr int kMarkSign = 14;

} // namespace

FieldMark::FieldMark(const QString& subject, QWidget* field, QWidget* parent)
    : QWidget(parent)
    , m_subject(subject)
    , m_field(field)
    , m_sign(new QLabel(this))
    , m_text(new ToneLabel(Tone::Trouble, {}, this))
    , m_accept(new QPushButton(this)) {
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_accept->setFont(uiFont(kSmallPixels));
    m_accept->setAutoDefault(false);
    m_accept->hide();
    connect(m_accept, &QPushButton::clicked, this, [this] {
        if (!asking()) {
            acceptShown();
            Q_EMIT accepted();
        } else if (const auto allow = m_allow) {
            allow(); // one question a click: what the file had wrong here is asked about next
        }
    });
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_text);
    words->addWidget(m_accept, 0, Qt::AlignLeft);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 2);
    row->setSpacing(4);
    row->addWidget(m_sign, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    hide();
}

void FieldMark::keep(Problem problem) { m_kept.push_back(std::move(problem)); }

void FieldMark::ask(Problem problem, std::function<void()> allow) {
    m_asked.push_back(std::move(problem));
    m_allow = std::move(allow);
}

void FieldMark::allowed() { m_asked.clear(); }

void FieldMark::acceptShown() { m_kept.clear(); }

void FieldMark::forget() {
    m_kept.clear();
    m_asked.clear();
}

void FieldMark::present(const std::string& path, const std::vector<Problem>& checked) {
    std::vector<Problem> all = m_kept;
    if (asking()) all.insert(all.end(), m_asked.begin(), m_asked.end());
    if (m_slip) all.push_back(*m_slip);
    all.insert(all.end(), checked.begin(), checked.end());
    m_errors = 0;
    m_warnings = 0;
    QStringList lines;
    for (const Problem& problem : all) {
        ++(problem.warning ? m_warnings : m_errors);
        const QString line = problemWords(m_subject, path, problem);
        if (!lines.contains(line)) lines << line;
    }
    const QString words = lines.join(QLatin1Char('\n'));
    const QString accept = asking() ? QStringLiteral("Allow it") : QStringLiteral("Use what is shown");
    m_accept->setText(accept);
    m_accept->setAccessibleName(accept + QStringLiteral(": ") + m_subject);
    m_accept->setVisible(!m_kept.empty() || asking());
    m_text->setText(words);
    setVisible(!words.isEmpty());
    setAccessibleName(words);
    const QString spoken = words.isEmpty() ? QString()
                           : hasErrors()   ? QStringLiteral("Mistake: ") + words
                                           : QStringLiteral("Warning: ") + words;
    for (QWidget* control : controls()) control->setAccessibleDescription(spoken);
    if (!words.isEmpty()) paintSign();
}

QString FieldMark::words() const { return m_text->text(); }

// The field itself, or what of it takes the keys: a group of check boxes does not.
QList<QWidget*> FieldMark::controls() const {
    if (m_field == nullptr) return {};
    if (m_field->focusPolicy() != Qt::NoFocus) return {m_field};
    return m_field->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
}

QWidget* FieldMark::focusTarget() const {
    for (QWidget* control : controls())
        if (control->isEnabled() && control->focusPolicy() != Qt::NoFocus) return control;
    return m_accept->isHidden() ? nullptr : m_accept;
}

void FieldMark::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !words().isEmpty()) paintSign();
}

void FieldMark::paintSign() {
    m_sign->setPixmap(problemSign(!hasErrors(), palette(), kMarkSign, devicePixelRatioF()));
    m_sign->setFixedSize(kMarkSign, kMarkSign + 2);
    m_text->setTone(hasErrors() ? Tone::Trouble : Tone::Caution);
}

const PlanField* fieldOf(const std::string& path, const std::vector<PlanField>& fields) {
    const PlanField* best = nullptr;
    for (const PlanField& field : fields) {
        const std::size_t length = field.path.size();
        if (path.compare(0, length, field.path) != 0) continue;
        if (path.size() > length && path[length] != '.' && path[length] != '[') continue;
        if (best == nullptr || length > best->path.size()) best = &field;
    }
    return best;
}

QString problemWords(const QString& subject, const std::string& fieldPath, const Problem& problem) {
    static const QRegularExpression place(QStringLiteral("^\\[(\\d+)\\]$"));
    static const QRegularExpression verb(QStringLiteral("^(is|must|holds|takes|has) "));
    QString about = subject;
    if (problem.path.size() > fieldPath.size() && problem.path.compare(0, fieldPath.size(), fieldPath) == 0) {
        const QString rest = text(problem.path.substr(fieldPath.size()));
        if (const auto match = place.match(rest); match.hasMatch()) {
            about = QStringLiteral("Value %1").arg(match.captured(1).toInt() + 1);
        } else if (!text(problem.message).contains(rest.mid(1))) {
            about = subject + QStringLiteral(", ") + rest.mid(1);
        }
    }
    const QString message = text(stripControls(problem.message));
    QString out = verb.match(message).hasMatch() ? about + QLatin1Char(' ') + message : about + QStringLiteral(": ") + message;
    if (!problem.hint.empty()) out += QStringLiteral(" – ") + text(stripControls(problem.hint));
    return out;
}

QPixmap problemSign(bool warning, const QPalette& palette, int side, qreal ratio) {
    QPixmap picture(QSize(side, side) * ratio);
    picture.setDevicePixelRatio(ratio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(side / 16.0, side / 16.0);
    const Theme look = themeFor(palette);
    painter.setPen(Qt::NoPen);
    painter.setBrush(warning ? look.caution : look.trouble);
    QPen inner(palette.color(QPalette::Window), 2.2);
    inner.setCapStyle(Qt::RoundCap);
    if (warning) {
        painter.drawPolygon(QPolygonF({{8, 0.8}, {15.7, 15.2}, {0.3, 15.2}}));
        painter.setPen(inner);
        painter.drawLine(QPointF(8, 6), QPointF(8, 9.6));
        painter.drawPoint(QPointF(8, 12.8));
    } else {
        painter.drawEllipse(QPointF(8, 8), 7.6, 7.6);
        painter.setPen(inner);
        painter.drawLine(QPointF(5.4, 5.4), QPointF(10.6, 10.6));
        painter.drawLine(QPointF(10.6, 5.4), QPointF(5.4, 10.6));
    }
    return picture;
}

} // namespace looptax
