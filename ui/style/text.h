// The texts of core on screen.
#pragma once

#include <QString>

#include <string>
#include <string_view>

namespace looptax {

QString text(std::string_view utf8);
// One line of what a model, a server or a file said: no controls, no line ends, invalid bytes as U+FFFD.
QString cleanText(std::string_view bytes);
// Begins with a capital letter and ends with a full stop; empty: empty.
QString sentence(const QString& words);

} // namespace looptax
