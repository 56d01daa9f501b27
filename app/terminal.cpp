#include "app/terminal.h"

#include "base/text.h"

#include <QChar>
#include <QList>
#include <QString>

#include <algorithm>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace looptax {

namespace {

constexpr int kUsualColumns = 80;
constexpr int kMostColumns = 10'000; // more than that is a slip in $COLUMNS

struct Range {
    char32_t first, last;
};
// Wide and fullwidth characters of Unicode 15, East Asian Width. Blocks of pictures count whole: a line that is cut a column
// early does no harm.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},   {0x23F0, 0x23F0},   {0x23F3, 0x23F3},
    {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267F, 0x267F},   {0x2693, 0x2693},   {0x26A1, 0x26A1},
    {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},   {0x26CE, 0x26CE},   {0x26D4, 0x26D4},   {0x26EA, 0x26EA},
    {0x26F2, 0x26F3},   {0x26F5, 0x26F5},   {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
    {0x27B0, 0x27B0},   {0x27BF, 0x27BF},   {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18DFF}, {0x1AFF0, 0x1B2FF},
    {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF}, {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F7E0, 0x1F7EB}, {0x1F7F0, 0x1F7F0}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};

int widthOf(char32_t c) {
    if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return 0;
    if (c < 0x300) return 1;
    switch (QChar::category(c)) {
    case QChar::Mark_NonSpacing:
    case QChar::Mark_Enclosing:
    case QChar::Other_Format: return 0;
    default: break;
    }
    if (c >= 0x1160 && c <= 0x11FF) return 0; // vowels and finals that join the Hangul before them
    const auto* after =
        std::upper_bound(std::begin(kWide), std::end(kWide), c, [](char32_t x, const Range& r) { return x < r.first; });
    return after != std::begin(kWide) && c <= std::prev(after)->last ? 2 : 1;
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

} // namespace

Terminal terminalAt(int descriptor) {
    if (isatty(descriptor) == 0) return {};
    Terminal out;
    const std::string kind = variable("TERM");
    out.rewrites = !kind.empty() && kind != "dumb";
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0) out.columns = size.ws_col;
    if (out.columns <= 0)
        out.columns = int(std::clamp<std::int64_t>(parseInteger(variable("COLUMNS")).value_or(0), 0, kMostColumns));
    if (out.columns <= 0) out.columns = kUsualColumns;
    return out;
}

int displayWidth(std::string_view utf8) {
    int width = 0;
    for (const uint c : QString::fromUtf8(utf8.data(), qsizetype(utf8.size())).toUcs4()) width += widthOf(c);
    return width;
}

std::string fitted(std::string_view utf8, int columns) {
    if (columns <= 0) return {};
    const std::string sign = columns > 6 ? "..." : ""; // ASCII: a terminal may have another encoding
    const QList<uint> text = QString::fromUtf8(utf8.data(), qsizetype(utf8.size())).toUcs4();
    int width = 0;
    qsizetype room = 0; // characters that leave room for the sign
    for (qsizetype i = 0; i < text.size(); ++i) {
        width += widthOf(text[i]);
        if (width > columns) return QString::fromUcs4(reinterpret_cast<const char32_t*>(text.data()), room).toStdString() + sign;
        if (width + int(sign.size()) <= columns) room = i + 1;
    }
    return std::string(utf8);
}

} // namespace looptax
