// looptax-validity [--sweeps N] [--check PAGE]
// Writes the page of claims to standard output, or, with --check, only compares a page's claims with those made here.
// Exit 0 when every claim holds, 1 when one does not, 2 for bad usage.
#include "page.h"

#include "base/text.h"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

using namespace looptax;
using namespace looptax::validity;

int main(int argc, char** argv) {
    Effort effort{2000};
    std::string checked;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool valued = i + 1 < argc;
        if (word == "--sweeps" && valued) {
            effort.sweeps = int(parseInteger(argv[++i]).value_or(0));
        } else if (word == "--check" && valued) {
            checked = argv[++i];
        } else {
            effort.sweeps = 0;
            break;
        }
    }
    if (effort.sweeps < 100 || effort.sweeps > 1'000'000) {
        std::fputs("usage: looptax-validity [--sweeps 100 or more] [--check PAGE]\n", stderr);
        return 2;
    }
    const std::vector<Claim> claims = allClaims(effort);
    bool good = true;
    for (std::size_t i = 0; i < claims.size(); ++i)
        if (!claims[i].holds) {
            std::fprintf(stderr, "claim %zu does not hold: %s: %s, came out %s\n", i + 1, claims[i].planted.c_str(),
                         claims[i].says.c_str(), claims[i].shown.c_str());
            good = false;
        }
    if (checked.empty()) {
        std::fputs(page(claims, effort).c_str(), stdout);
        return good ? 0 : 1;
    }
    std::ifstream in(checked, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const std::string wrong = in ? disagreement(text, claims) : "cannot be read";
    if (!wrong.empty()) std::fprintf(stderr, "%s: %s; packaging/validity.sh makes it anew\n", checked.c_str(), wrong.c_str());
    return good && wrong.empty() ? 0 : 1;
}
