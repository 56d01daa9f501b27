#include "ui/window/trouble.h"

#include "base/text.h"
#include "ui/style/text.h"

namespace looptax {

namespace {} // namespace

QString words(Mend mend) {
    switch (mend) {
    case Mend::AskAgain: return QStringLiteral("Try again");
    case Mend::Stop: return QStringLiteral("Stop");
    case Mend::ChooseFolder: return QStringLiteral("Choose another folder…");
    case Mend::LookAgain: return QStringLiteral("Look again");
    case Mend::Resume: return QStringLiteral("Resume");
    case Mend::ResumeOnChanged: return QStringLiteral("Resume on the other build");
    case Mend::ExportElsewhere: return QStringLiteral("Export elsewhere…");
    }
    return {};
}

QString explanation(Mend mend) {
    switch (mend) {
    case Mend::AskAgain: return QStringLiteral("Ask the target now whether it is back");
    case Mend::Stop: return QStringLiteral("End the sweep; what is measured is kept, and it can be resumed");
    case Mend::ChooseFolder: return QStringLiteral("Choose where new sessions are made");
    case Mend::LookAgain: return QStringLiteral("Look for runtimes on this machine again");
    case Mend::Resume: return QStringLiteral("Go on with this session: whole runs are made again, what is complete is kept");
    case Mend::ResumeOnChanged:
        return QStringLiteral("Continue with the runtime as it is now: the open repeat is measured again from its first run");
    case Mend::ExportElsewhere: return QStringLiteral("Choose a folder that may be written to");
    }
    return {};
}

QStringList sentencesOf(const Error& error) {
    QStringList out;
    const QString where = QString::fromStdString(stripControls(error.where));
    QString what = sentence(cleanText(error.what));
    if (!where.isEmpty() && !what.contains(where)) {
        what.chop(1);
        what += QStringLiteral(": ") + where + QLatin1Char('.');
    }
    out << what;
    if (const QString hint = sentence(cleanText(error.hint)); !hint.isEmpty()) out << hint;
    return out;
}

std::optional<Trouble> troubleOf(const SweepView& view) {
    if (view.state != SweepState::Lost || !view.progress) return std::nullopt;
    return Trouble{{sentence(cleanText(view.progress->text))}, {Mend::AskAgain, Mend::Stop}, true};
}

std::optional<Trouble> troubleOf(const SweepResult& result, bool resumed) {
    if (!result.error || result.cancelled || result.error->kind == ErrorKind::Cancelled) return std::nullopt;
    Trouble trouble{sentencesOf(*result.error), {}};
    if (result.changed_runtime) { // a question: its hint is for the command line
        trouble.sentences = QStringList{trouble.sentences.value(0)};
        trouble.mends = {Mend::ResumeOnChanged, Mend::Resume};
        return trouble;
    }
    const bool session = resumed || !result.folder.empty();
    switch (result.error->kind) {
    case ErrorKind::Unreachable:
    case ErrorKind::Protocol:
    case ErrorKind::Plan: trouble.mends.push_back(Mend::LookAgain); break;
    case ErrorKind::Storage:
        if (!resumed) trouble.mends.push_back(Mend::ChooseFolder);
        break;
    default: break;
    }
    const bool hopeless = result.error->kind == ErrorKind::Corrupt || result.error->kind == ErrorKind::Newer;
    if (session && !hopeless) trouble.mends.push_back(Mend::Resume);
    if (session && result.error->kind == ErrorKind::Storage)
        trouble.sentences << QStringLiteral("What was measured before is safe in the session's folder.");
    return trouble;
}

} // namespace looptax
