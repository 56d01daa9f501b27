#include "ui/plan/size_line.h"

#include "base/words.h"
#include "domain/schedule.h"
#include "ui/style/text.h"
#include "ui/widgets/field_mark.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/fold.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPixmap>
#include <QPushButton>
#include <QVBoxLayout>

namespace looptax {

namespace {

constexpr int kPauseMs = 150;

QString count(std::int64_t n, const char* one, const char* many) {
    return wholeText(n) + QLatin1Char(' ') + QLatin1String(n == 1 ? one : many);
}

QString costWords(const PlanCost& cost) {
    return QStringLiteral("About %1 to %2 (%3); %4 on disk")
        .arg(text(durationText(cost.time.low_s)), text(durationText(cost.time.high_s)),
             text(std::string(basisWords(cost.time.basis))), diskText(cost.bytes));
}

} // namespace

SizeLine::SizeLine(const Catalogue& catalogue, PackOf packOf, FileOps& files, const std::string& out, QWidget* parent)
    : QWidget(parent)
    , m_catalogue(catalogue)
    , m_packOf(std::move(packOf))
    , m_files(files)
    , m_out(out)
    , m_memory(std::make_shared<PaceMemory>(files, out))
    , m_counts(new ToneLabel(Tone::Normal, {}, this))
    , m_cost(new ToneLabel(Tone::Faint, {}, this))
    , m_sign(new QLabel(this))
    , m_state(new ToneLabel(Tone::Normal, {}, this))
    , m_show(new QPushButton(QStringLiteral("Sho&w"), this)) {
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &SizeLine::workOut);
    m_cost->setToolTip(QStringLiteral("From sessions on the same targets, where there are some. Else the range from a "
                                      "graphics card to an old "
                                      "laptop. While a sweep runs, what is left is worked out from what was measured."));
    m_show->setAutoDefault(false);
    m_show->setProperty(kStaysEnabled, true);
    m_show->setAccessibleName(QStringLiteral("Show the next field that is wrong"));
    connect(m_show, &QPushButton::clicked, this, &SizeLine::nextMistakeWanted);
    auto* row = new QHBoxLayout;
    row->setSpacing(kGap);
    row->addWidget(m_sign, 0, Qt::AlignVCenter);
    row->addWidget(m_state, 1);
    row->addWidget(m_show);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(m_counts);
    column->addWidget(m_cost);
    column->addLayout(row);
}

void SizeLine::setPlan(const Plan& plan, bool valid) {
    if (valid == m_valid && plan == m_plan && !m_counts->text().isEmpty()) return;
    m_plan = plan;
    m_valid = valid;
    Plan counted = plan;
    const bool each = counted.targets.empty(); // what a target will come to is known before there is one
    if (each) counted.targets.resize(1);
    const PlanCounts n = countPlan(counted, m_catalogue);
    const QString before = m_counts->text();
    const QStringList parts{count(n.cells, "cell", "cells"), count(n.runs, "run", "runs"), count(n.turns, "turn", "turns"),
                            count(n.requests, "request", "requests")};
    m_counts->setText(parts.join(QStringLiteral(", ")) + (each ? QStringLiteral(" for each target") : QString()));
    if (!valid || n.turns == 0) {
        m_pause.stop();
        m_task.drop();
        m_known = false;
        m_cost->setText(QStringLiteral("Time and disk: known when the mistakes are mended."));
        return;
    }
    // Never the time of one plan beside the counts of another.
    if (!m_known || before != m_counts->text()) m_cost->setText(QStringLiteral("Time and disk: being worked out …"));
    m_pause.start();
}

void SizeLine::workOut() {
    m_task.run(
        [plan = m_plan, catalogue = m_catalogue, packOf = m_packOf,
         memory = m_memory](const std::atomic<bool>& stop) -> Result<PlanCost> {
            const auto pack = packOf(plan.task.pack);
            if (!pack) return pack.error();
            return estimateCost(plan, catalogue, memory->paces(plan, *pack), *pack, stop);
        },
        [this](const Result<PlanCost>& cost) {
            m_known = cost.ok();
            m_cost->setText(cost ? costWords(*cost) : text(cost.error().text()));
        });
}

void SizeLine::setSessionsFolder(const std::string& out) {
    if (out == m_out) return;
    m_out = out;
    forgetPaces();
}

void SizeLine::forgetPaces() {
    m_memory = std::make_shared<PaceMemory>(m_files, m_out);
    if (m_known || (m_valid && m_task.busy())) m_pause.start();
}

void SizeLine::setState(int errors, int warnings, const QString& blocked) {
    m_errors = errors;
    m_warnings = warnings;
    m_blocked = !blocked.isEmpty();
    const QString found = countWords(errors, warnings);
    if (errors > 0) m_state->setText(countWords(errors, 0) + QStringLiteral(" to mend before it can start"));
    else if (m_blocked) m_state->setText(blocked);
    else if (warnings > 0) m_state->setText(QStringLiteral("Ready to start; ") + found);
    else m_state->setText(QStringLiteral("Ready to start"));
    m_state->setTone(errors > 0 ? Tone::Trouble : m_blocked ? Tone::Caution : Tone::Normal);
    m_show->setVisible(errors + warnings > 0);
    paintSign();
}

void SizeLine::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) paintSign();
}

void SizeLine::paintSign() {
    const bool any = m_errors > 0 || m_blocked || m_warnings > 0;
    m_sign->setVisible(any);
    if (any) m_sign->setPixmap(problemSign(m_errors == 0, palette(), 14, devicePixelRatioF()));
}

QString SizeLine::counts() const { return m_counts->text(); }

QString SizeLine::cost() const { return m_cost->text(); }

} // namespace looptax
