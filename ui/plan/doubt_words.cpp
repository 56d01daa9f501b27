#include "ui/plan/doubt_words.h"

#include "base/text.h"
#include "ui/style/text.h"
#include "ui/widgets/field_text.h"

namespace looptax {

namespace {} // namespace

DoubtWords doubtWords(const std::string& doubt) {
    const QString all = text(stripControls(doubt));
    const qsizetype colon = all.indexOf(QStringLiteral(": "));
    const qsizetype semicolon = all.lastIndexOf(QStringLiteral("; "));
    const bool hasWhy = colon >= 0;
    const bool hasMend = semicolon > colon;
    DoubtWords out;
    out.what = sentence(hasWhy ? all.left(colon) : hasMend ? all.left(semicolon) : all);
    out.why = hasWhy ? sentence(all.mid(colon + 2, hasMend ? semicolon - colon - 2 : -1))
                     : QStringLiteral("It can shift the numbers of this target.");
    out.mend = hasMend ? sentence(all.mid(semicolon + 2)) : QStringLiteral("Keep it in mind when you read the numbers.");
    out.whole = hasWhy && hasMend;
    return out;
}

} // namespace looptax
