#include "ui/widgets/field_text.h"

#include "base/text.h"

#include <QRegularExpression>

#include <cmath>

namespace looptax {

namespace {

constexpr std::int64_t kLargest = std::int64_t(1) << 53; // beyond it a JSON number changes on its way
constexpr int kLongestRange = 1'000;

const QRegularExpression& gaps() {
    static const QRegularExpression expression(QStringLiteral("[,;\\s]+"));
    return expression;
}

} // namespace

ReadNumbers readNumbers(const QString& typed) {
    static const QRegularExpression range(QStringLiteral("^(-?\\d+)(?:-|–|\\.\\.)(\\d+)$"));
    static const QRegularExpression spacedDash(QStringLiteral("(\\d)\\s*(–|-|\\.\\.)\\s*(\\d)"));
    ReadNumbers out;
    QString bare = typed.trimmed();
    if (bare.startsWith(QLatin1Char('['))) bare.remove(0, 1);
    if (bare.endsWith(QLatin1Char(']'))) bare.chop(1);
    bare.replace(spacedDash, QStringLiteral("\\1\\2\\3"));
    for (const QString& part : bare.split(gaps(), Qt::SkipEmptyParts)) {
        bool whole = false;
        if (const int value = part.toInt(&whole); whole) {
            out.values.push_back(value);
            continue;
        }
        if (const auto match = range.match(part); match.hasMatch()) {
            bool fromFits = false;
            bool toFits = false;
            const int from = match.captured(1).toInt(&fromFits);
            const int to = match.captured(2).toInt(&toFits);
            if (fromFits && toFits && from <= to && to - kLongestRange < from) {
                for (int value = from; value <= to; ++value) out.values.push_back(value);
                continue;
            }
        }
        if (out.slip.isEmpty()) out.slip = part;
    }
    return out;
}

QString numbersText(const std::vector<int>& values) {
    QStringList parts;
    for (int value : values) parts << QString::number(value);
    return parts.join(QStringLiteral(", "));
}

std::vector<std::string> readWords(const QString& typed) {
    std::vector<std::string> out;
    for (const QString& part : typed.split(gaps(), Qt::SkipEmptyParts)) out.push_back(part.toStdString());
    return out;
}

QString wordsText(const std::vector<std::string>& words) { return text(joined(words, ", ")); }

std::optional<std::int64_t> readWhole(const QString& typed) {
    static const QRegularExpression grouped(QStringLiteral("^[+-]?\\d{1,3}(?:[,' \\x{00a0}\\x{202f}]\\d{3})+$"));
    static const QRegularExpression plain(QStringLiteral("^[+-]?\\d+$"));
    QString bare = typed.trimmed();
    if (grouped.match(bare).hasMatch()) {
        static const QRegularExpression separators(QStringLiteral("[,' \\x{00a0}\\x{202f}]"));
        bare.remove(separators);
    } else if (!plain.match(bare).hasMatch()) {
        return std::nullopt;
    }
    bool fits = false;
    const qint64 value = bare.toLongLong(&fits);
    if (!fits || value > kLargest || value < -kLargest) return std::nullopt;
    return value;
}

std::optional<double> readReal(const QString& typed) {
    QString bare = typed.trimmed();
    bare.replace(QLatin1Char(','), QLatin1Char('.'));
    const auto value = parseNumber(bare.toStdString());
    if (!value || !std::isfinite(*value)) return std::nullopt;
    return value;
}

std::vector<std::string> readArguments(const QString& typed) {
    std::vector<std::string> out;
    QString part;
    bool begun = false; // "" is an argument too
    bool quoted = false;
    for (qsizetype i = 0; i < typed.size(); ++i) {
        const QChar letter = typed[i];
        if (letter == QLatin1Char('"')) {
            const bool twice = quoted && i + 1 < typed.size() && typed[i + 1] == letter;
            if (twice) part += typed[++i];
            else quoted = !quoted;
            begun = true;
        } else if (letter.isSpace() && !quoted) {
            if (begun) out.push_back(part.toStdString());
            part.clear();
            begun = false;
        } else {
            part += letter;
            begun = true;
        }
    }
    if (begun) out.push_back(part.toStdString());
    return out;
}

QString argumentsText(const std::vector<std::string>& arguments) {
    static const QRegularExpression odd(QStringLiteral("[\\s\"]"));
    QStringList parts;
    for (const std::string& argument : arguments) {
        QString part = text(argument);
        const bool quoted = part.isEmpty() || part.contains(odd);
        part.replace(QLatin1Char('"'), QStringLiteral("\"\""));
        parts << (quoted ? QLatin1Char('"') + part + QLatin1Char('"') : part);
    }
    return parts.join(QLatin1Char(' '));
}

QString wholeText(std::int64_t value) {
    QString digits = QString::number(std::abs(value));
    for (qsizetype at = digits.size() - 3; at > 0; at -= 3) digits.insert(at, QLatin1Char(','));
    return value < 0 ? QLatin1Char('-') + digits : digits;
}

QString diskText(double bytes) {
    if (bytes < 1e6) return QString::number(std::ceil(bytes / 1e3), 'f', 0) + QStringLiteral(" kB");
    if (bytes < 1e9) return QString::number(bytes / 1e6, 'f', bytes < 1e7 ? 1 : 0) + QStringLiteral(" MB");
    return QString::number(bytes / 1e9, 'f', 1) + QStringLiteral(" GB");
}

QString shortAddress(const std::string& url) {
    QString out = text(url);
    if (out.startsWith(QStringLiteral("http://"))) out.remove(0, 7);
    while (out.endsWith(QLatin1Char('/'))) out.chop(1);
    return out;
}

} // namespace looptax
