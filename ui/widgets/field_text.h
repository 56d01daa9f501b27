// What people type into the fields of a plan, read tolerantly, and written back as plans write it. Pure.
#pragma once

#include "ui/style/text.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// A list of whole numbers: "1, 3, 6", "1 3 6", "[1;3;6]", "1-4" and "1..4" (both ends in).
struct ReadNumbers {
    std::vector<int> values; // those that could be read
    QString slip;            // which part could not be read; empty: all well
};
ReadNumbers readNumbers(const QString& typed);
QString numbersText(const std::vector<int>& values); // "1, 3, 6"

// Words between commas or blanks: "H1, H2".
std::vector<std::string> readWords(const QString& typed);
QString wordsText(const std::vector<std::string>& words);

// "16384", "16 384", "16'384", "16,384"; absent when it is none, or beyond 2^53.
std::optional<std::int64_t> readWhole(const QString& typed);
// "0.2" and "0,2".
std::optional<double> readReal(const QString& typed);

// A command line's arguments as one text and back: blanks separate, "..." holds a blank, """ is a quotation
// mark.
std::vector<std::string> readArguments(const QString& typed);
QString argumentsText(const std::vector<std::string>& arguments);

QString wholeText(std::int64_t value);        // grouped for reading: "16,384"
QString diskText(double bytes);               // "340 kB", "12 MB"
QString shortAddress(const std::string& url); // without "http://" and a slash at the end

} // namespace looptax
