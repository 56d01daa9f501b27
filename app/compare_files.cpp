#include "app/compare_files.h"

#include "app/session_files.h"
#include "report/report_compare.h"

namespace looptax {

namespace {

struct Compared {
    ReportInputs first, second;
    SessionComparison comparison;
};

Result<Compared> compared(FileOps& files, const std::string& first, const std::string& second,
                          const std::vector<TargetPair>& wanted) {
    auto a = readReportInputs(files, first);
    if (!a) return a.error();
    auto b = readReportInputs(files, second);
    if (!b) return b.error();
    Compared out{a.take(), b.take(), {}};
    auto comparison = compareReports(out.first, out.second, wanted);
    if (!comparison) return comparison.error();
    out.comparison = comparison.take();
    return out;
}

std::string rendered(const doc::Document& document, CompareFormat format) {
    return format == CompareFormat::Html ? doc::htmlDocument(document) : doc::markdownDocument(document);
}

} // namespace

Result<doc::Document> compareFolders(FileOps& files, const std::string& first, const std::string& second,
                                     const std::vector<TargetPair>& wanted) {
    const auto c = compared(files, first, second, wanted);
    if (!c) return c.error();
    return compareDocument(c->first, c->second, c->comparison);
}

Result<std::string> renderComparison(FileOps& files, const std::string& first, const std::string& second,
                                     const std::vector<TargetPair>& wanted, CompareFormat format) {
    const auto c = compared(files, first, second, wanted);
    if (!c) return c.error();
    if (format == CompareFormat::JsonNumbers) return compareJson(c->first, c->second, c->comparison);
    return rendered(compareDocument(c->first, c->second, c->comparison), format);
}

Result<doc::Document> folderBesidePublished(FileOps& files, const std::string& folder) {
    const auto in = readReportInputs(files, folder);
    if (!in) return in.error();
    return besidePublished(*in);
}

Result<std::string> renderBesidePublished(FileOps& files, const std::string& folder, CompareFormat format) {
    if (format == CompareFormat::JsonNumbers)
        return Error{ErrorKind::Usage,
                     "--published has no JSON form",
                     {},
                     "one of: md, html; looptax report --format json has the numbers",
                     0};
    const auto document = folderBesidePublished(files, folder);
    if (!document) return document.error();
    return rendered(*document, format);
}

} // namespace looptax
