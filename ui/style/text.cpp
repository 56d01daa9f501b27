#include "ui/style/text.h"

#include "base/text.h"

namespace looptax {

QString text(std::string_view utf8) { return QString::fromUtf8(utf8.data(), qsizetype(utf8.size())); }

QString cleanText(std::string_view bytes) { return text(stripControls(repairUtf8(bytes))).simplified(); }

QString sentence(const QString& words) {
    QString out = words.trimmed();
    if (out.isEmpty()) return out;
    out[0] = out[0].toUpper();
    return out.endsWith(QLatin1Char('.')) ? out : out + QLatin1Char('.');
}

} // namespace looptax
