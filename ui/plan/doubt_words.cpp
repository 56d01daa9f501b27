#include "ui/plan/doubt_words.h"

#include "base/text.h"
#include "ui/plan/field_text.h"

namespace looptax {

namespace {

struct Entry {
    const char* part; // of the sentence: which doubt it is
    const char* why;
    const char* mend;
};

constexpr Entry kEntries[] = {
    {"slots",
     "A turn may land in a slot that another run warmed: what it reuses is then no longer its own "
     "conversation.",
     "Start the server with -np 1."},
    {"request is in progress",
     "Two requests share the machine: both grow slower, and one may push the other's prompt out of the "
     "cache.",
     "Wait until no other client uses the server, then look again."},
    {"prompt cache in RAM",
     "A cache in RAM can hand a run a prompt that another run left: it cannot be seen from outside.",
     "Start the server with --cache-ram 0."},
    {"does not report which prompt tokens were cached",
     "Cached and processed tokens stay unknown: time can be set against context tokens only.",
     "Take it as it is, or measure the same model with llama-server too."},
    {"cache cannot be switched over this API",
     "Runs are kept apart by a random tag at the start of each prompt; the first tokens of the template stay "
     "reusable.",
     "Take it as it is; compare with llama-server where exact cold turns matter."},
};

QString sentence(QString words) {
    words = words.trimmed();
    if (words.isEmpty()) return words;
    words[0] = words[0].toUpper();
    if (!words.endsWith(QLatin1Char('.'))) words += QLatin1Char('.');
    return words;
}

} // namespace

DoubtWords doubtWords(const std::string& doubt) {
    const QString all = text(stripControls(doubt));
    DoubtWords out;
    const qsizetype colon = all.indexOf(QStringLiteral(": "));
    const qsizetype semicolon = all.lastIndexOf(QStringLiteral("; "));
    for (const Entry& entry : kEntries) {
        if (!all.contains(QLatin1String(entry.part))) continue;
        const qsizetype end = colon >= 0 ? colon : semicolon;
        out.what = sentence(end >= 0 ? all.left(end) : all);
        out.why = QString::fromUtf8(entry.why);
        out.mend = QString::fromUtf8(entry.mend);
        out.known = true;
        return out;
    }
    out.what = sentence(colon >= 0 ? all.left(colon) : semicolon >= 0 ? all.left(semicolon) : all);
    const qsizetype after = colon >= 0 ? colon + 2 : -1;
    if (after >= 0 && semicolon > after)
        out.why = sentence(all.mid(after, semicolon - after));
    else if (after >= 0)
        out.why = sentence(all.mid(after));
    else
        out.why = QStringLiteral("It can shift the numbers of this target.");
    out.mend = semicolon >= 0 && semicolon > after
                   ? sentence(all.mid(semicolon + 2))
                   : QStringLiteral("Keep it in mind when you read the numbers.");
    out.known = semicolon >= 0 && after >= 0;
    return out;
}

} // namespace looptax
