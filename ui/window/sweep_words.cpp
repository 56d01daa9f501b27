#include "ui/window/sweep_words.h"

#include "base/text.h"
#include "base/words.h"
#include "store/session.h"
#include "ui/style/text.h"

#include <cmath>

namespace looptax {

namespace {

QString cleaned(const std::string& text) { return QString::fromStdString(stripControls(text)); }

QString turnWords(const RunningTurn& turn) {
    QString out = QString::fromStdString(turn.design);
    if (turn.n > 0) out += QStringLiteral(", turn %1 of %2").arg(turn.turn).arg(turn.n);
    if (turn.cap) out += QStringLiteral(", cap %1").arg(*turn.cap);
    if (turn.padding) out += QStringLiteral(", padding %1").arg(*turn.padding);
    if (turn.repeat > 0) out += QStringLiteral(", repeat %1").arg(turn.repeat);
    if (turn.run_attempt > 1) out += QStringLiteral(", attempt %1").arg(turn.run_attempt);
    return out;
}

} // namespace

QString timeLeftWords(const SweepProgress& p) {
    if (!p.seconds_left) return {};
    if (!p.seconds_high) return QStringLiteral("about %1 left").arg(text(durationText(*p.seconds_left)));
    return QStringLiteral("roughly %1 to %2 left").arg(text(durationText(*p.seconds_left)), text(durationText(*p.seconds_high)));
}

QString progressWords(const SweepView& view) {
    if (!view.progress) return view.state == SweepState::Idle ? QString() : QStringLiteral("starting");
    const SweepProgress& p = *view.progress;
    QString out = QStringLiteral("%1 of %2 turns").arg(p.turns_done).arg(p.turns_done + p.turns_left);
    if (view.state == SweepState::Idle) return out;
    if (const QString left = timeLeftWords(p); !left.isEmpty()) out += QStringLiteral(", ") + left;
    return out;
}

QString phaseWords(const SweepView& view) {
    switch (view.state) {
    case SweepState::Idle:
        return view.cannot_start.isEmpty() ? QStringLiteral("Ready: Start runs the plan on the left.") : view.cannot_start;
    case SweepState::Starting: return view.progress ? cleaned(view.progress->text) : QStringLiteral("starting");
    case SweepState::Running:
        if (view.running) return turnWords(*view.running);
        return view.progress ? cleaned(view.progress->text) : QString();
    case SweepState::Pausing: return QStringLiteral("pausing: the turn in flight ends first");
    case SweepState::Paused: return QStringLiteral("paused: the runtime is not asked anything");
    case SweepState::Lost: return QStringLiteral("waiting for the target");
    case SweepState::Stopping: return QStringLiteral("stopping");
    }
    return {};
}

QString targetWords(const SweepView& view) {
    const QString name =
        view.running && !view.running->target.empty() ? QString::fromStdString(view.running->target) : QStringLiteral("target");
    switch (view.state) {
    case SweepState::Idle: return {};
    case SweepState::Lost: return QStringLiteral("target does not answer");
    case SweepState::Paused: return QStringLiteral("target rests");
    default: break;
    }
    if (!view.running) return {};
    if (view.running->deltas > 0) return QStringLiteral("%1: receiving, %2 deltas").arg(name).arg(view.running->deltas);
    if (view.running->sent_ns <= 0 || view.now_ns < view.running->sent_ns) return QStringLiteral("%1: asked").arg(name);
    return QStringLiteral("%1: reading the prompt for %2")
        .arg(name, text(durationText(double(view.now_ns - view.running->sent_ns) / 1e9)));
}

QString stateWord(SweepState state) {
    switch (state) {
    case SweepState::Idle: return {};
    case SweepState::Starting: return QStringLiteral("starting");
    case SweepState::Running: return QStringLiteral("running");
    case SweepState::Pausing: return QStringLiteral("pausing");
    case SweepState::Paused: return QStringLiteral("paused");
    case SweepState::Lost: return QStringLiteral("target lost");
    case SweepState::Stopping: return QStringLiteral("stopping");
    }
    return {};
}

QString titleWords(const std::string& folder, SweepState state) {
    QStringList parts;
    if (!folder.empty()) parts << QString::fromStdString(SessionPaths(folder).id());
    if (const QString word = stateWord(state); !word.isEmpty()) parts << word;
    parts << QStringLiteral("Loop-tax workbench");
    return parts.join(QStringLiteral(" – "));
}

} // namespace looptax
