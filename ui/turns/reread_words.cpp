#include "ui/turns/reread_words.h"

#include "base/whole_file.h"
#include "prefix/explanation_json.h"
#include "store/session.h"
#include "ui/turns/plain_pages.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::int64_t kMostBytes = std::int64_t(64) << 20; // beyond it the window would be deaf while it reads
constexpr int kSectionBarWidth = 18;

QString q(const std::string& text) { return shownText(text); }

QString counted(const std::optional<std::int64_t>& n) { return n ? QString::number(*n) : QStringLiteral("not reported"); }

// Reused tokens filled, read ones light: the same order as in the prompt.
QString bar(const SectionCount& section, std::int64_t most) {
    if (most <= 0 || section.tokens <= 0) return {};
    const auto width = [&](std::int64_t n) { return int((n * kSectionBarWidth + most - 1) / most); };
    const int cached = width(section.cached);
    return QString(cached, QChar(0x2588)) + QString(std::max(0, width(section.tokens) - cached), QChar(0x2591));
}

QString sectionLines(const std::vector<SectionCount>& sections) {
    std::int64_t most = 0;
    for (const SectionCount& section : sections) most = std::max(most, section.tokens);
    if (most <= 0)
        return QStringLiteral("\n\nWhich section each token belongs to is not known: this server's /tokenize gives no "
                              "pieces that fit the prompt.");
    QString out = QStringLiteral("\n\n── the prompt by section: tokens, of them reused ──");
    for (const SectionCount& section : sections)
        out += QStringLiteral("\n%1 %2 %3  %4")
                   .arg(q(section.label), -14)
                   .arg(section.tokens, 6)
                   .arg(section.cached, 6)
                   .arg(bar(section, most));
    return out;
}

} // namespace

QString rereadWords(const TurnExplanation& account) {
    if (!account.absent.empty()) return QStringLiteral("There is no account of this turn: ") + q(account.absent);
    QString out;
    if (account.verdict) {
        const std::string_view verdict = name(*account.verdict);
        out +=
            QStringLiteral("%1\n%2\n\n").arg(QString::fromUtf8(verdict.data(), qsizetype(verdict.size())), q(account.sentence));
    }
    out += QStringLiteral("Prompt %1 tokens: the runtime reused %2 and read %3 anew.\n")
               .arg(account.prompt_tokens)
               .arg(counted(account.cached_reported), counted(account.processed_reported));
    out += QStringLiteral("By the rule %1 could be reused%2.")
               .arg(account.cached_predicted)
               .arg(account.exact
                        ? *account.exact ? QStringLiteral(": exact") : QStringLiteral(": off by %1").arg(*account.difference)
                        : QString());
    if (account.retokenised)
        out += QStringLiteral(" That rests on the past reply cut anew (retokenised): its own token ids are "
                              "not known, and 2 tokens are forgiven.");
    if (!account.held_by.empty()) out += QStringLiteral("\nThe slot held %1.").arg(q(account.held_by));
    if (!account.mismatch.empty()) out += QStringLiteral("\nCOUNTS DISAGREE: %1.").arg(q(account.mismatch));

    out += sectionLines(account.sections);
    if (const auto& d = account.first_difference) {
        out += QStringLiteral("\n\n── the first token that is not the same: number %1").arg(d->token + 1);
        if (d->section.empty()) return out + QStringLiteral(" ──\nIts text and place are not known.");
        out += QStringLiteral(", in the %1 ──").arg(q(d->section));
        out += QStringLiteral("\n[both]\n… %1\n[now]\n%2 …\n[held before]\n%3 …").arg(q(d->before), q(d->now), q(d->held));
    }
    return out;
}

QString rereadPage(FileOps& files, const std::string& folder, const TurnRecord& record, TargetKind kind, bool ended) {
    if (kind != TargetKind::LlamaServer) {
        const QString unknown = QStringLiteral("Why is not known: only llama-server shows its template and its tokens.");
        if (!record.cached_tokens || !record.prompt_tokens) return unknown;
        return QStringLiteral("Prompt %1 tokens: the runtime found %2 in its cache and processed %3.\n")
                   .arg(counted(record.prompt_tokens), counted(record.cached_tokens), counted(record.processed_tokens)) +
               unknown;
    }
    const std::string path = SessionPaths(folder).explanations();
    if (!files.exists(path))
        return ended ? QStringLiteral("There is no account yet.\nOn the command line: looptax explain %1").arg(q(folder))
                     : QStringLiteral("The account of each turn is made after the sweep: asking the server "
                                      "now would be measured with it.");
    const auto text = readFile(files, path, kMostBytes);
    if (!text) return QStringLiteral("The account cannot be read: ") + q(text.error().text());
    const auto account = findExplanation(*text, record.run, record.run_attempt, record.turn);
    if (!account)
        return QStringLiteral("explanations.jsonl does not have this turn: failed turns have no account.\nTo "
                              "make it anew: looptax explain %1")
            .arg(q(folder));
    return rereadWords(*account);
}

} // namespace looptax
