// The command line after the command's name: positional words, options with and without a value.
#pragma once

#include "base/result.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct OptionSpec {
    std::string name; // "--out", "-o"
    bool takes_value = false;
};

class Arguments {
public:
    // Unknown options are errors that name the nearest known one; "--x=y" and "--x y" are the same; "--" ends options.
    static Result<Arguments> parse(const std::vector<std::string>& words, const std::vector<OptionSpec>& specs);

    bool has(const std::string& name) const { return m_values.count(name) != 0; }
    std::optional<std::string> value(const std::string& name) const; // the last one given
    std::vector<std::string> values(const std::string& name) const;
    const std::vector<std::string>& words() const { return m_words; }

private:
    std::map<std::string, std::vector<std::string>> m_values;
    std::vector<std::string> m_words;
};

} // namespace looptax
