// Standard input, output and error as places where something can fail to arrive.
#pragma once

#include "base/result.h"

#include <string_view>

namespace looptax {

// Opens what the caller closed on /dev/null, first thing in main(): a journal must not be given the number of standard
// output. What is printed is then thrown away, as the caller wished.
void openClosedStreams();

// Writes and flushes; the first failure is kept for closeOutput().
void writeOutput(std::string_view text);

// Flushes and closes standard output, last thing in main(). An error when anything printed did not arrive: a full disk
// behind > is noticed by nobody else. A reader that went away (head) is no error.
Status closeOutput();

} // namespace looptax
