#include "ui/window/trouble_line.h"

namespace looptax {

TroubleLine::TroubleLine(QWidget* parent)
    : NoticeLine(QStringLiteral("Trouble"), parent) {}

void TroubleLine::show(const std::optional<Trouble>& trouble) {
    if (!trouble) {
        clear();
        return;
    }
    std::vector<Button> buttons;
    for (const Mend how : trouble->mends)
        buttons.push_back({words(how), [this, how] { Q_EMIT mend(how); }, explanation(how)});
    // Whoever has read it can put it away; nothing else may hide it.
    if (trouble->mends.empty() || trouble->mends.front() != Mend::AskAgain)
        buttons.push_back({QStringLiteral("Dismiss"), [this] { clear(); }, QStringLiteral("Hide this line")});
    say(Kind::Trouble, trouble->sentences, std::move(buttons));
}

} // namespace looptax
