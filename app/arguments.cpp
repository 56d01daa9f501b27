#include "app/arguments.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

Result<Arguments> Arguments::parse(const std::vector<std::string>& words, const std::vector<OptionSpec>& specs) {
    Arguments out;
    bool options = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (options && word == "--") {
            options = false;
            continue;
        }
        if (!options || word.size() < 2 || word[0] != '-') {
            out.m_words.push_back(word);
            continue;
        }
        const std::size_t equals = word.find('=');
        const std::string option = word.substr(0, equals);
        const auto spec = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& s) { return s.name == option; });
        if (spec == specs.end()) {
            std::vector<std::string> known;
            for (const OptionSpec& s : specs) known.push_back(s.name);
            const auto near = nearestName(option, known);
            return Error{ErrorKind::Usage,
                         "unknown option " + option,
                         {},
                         near ? "did you mean " + *near + "?" : "--help lists the options",
                         0};
        }
        std::string value;
        if (spec->takes_value) {
            if (equals != std::string::npos) value = word.substr(equals + 1);
            else if (i + 1 < words.size()) value = words[++i];
            else return Error{ErrorKind::Usage, option + " needs a value", {}, "--help shows which", 0};
        } else if (equals != std::string::npos) {
            return Error{ErrorKind::Usage, option + " takes no value", {}, {}, 0};
        }
        out.m_values[option].push_back(std::move(value));
    }
    return out;
}

std::optional<std::string> Arguments::value(const std::string& name) const {
    const auto found = m_values.find(name);
    if (found == m_values.end()) return std::nullopt;
    return found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& name) const {
    const auto found = m_values.find(name);
    return found == m_values.end() ? std::vector<std::string>{} : found->second;
}

} // namespace looptax
