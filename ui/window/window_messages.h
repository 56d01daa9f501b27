// The one owner of what the window has to tell in place: each source has at most one message, which stands until it is
// dismissed, replaced or no longer true. Told by events alone, never by a refresh: what was dismissed stays away.
#pragma once

#include "ui/widgets/notice_line.h"
#include "ui/window/trouble.h"

#include <QObject>

#include <vector>

namespace looptax {

enum class MessageSource { Sweep, Permission, Opening, Export, Settings };

struct WindowMessage {
    QStringList sentences;
    // Pressing one does not take the message away: what it leads to does, by clear() or another tell().
    std::vector<NoticeLine::Button> buttons;
    bool waits = false; // for an answer, or for what it tells of to be over: shown before all others, and not dismissed
};

class WindowMessages : public QObject {
    Q_OBJECT
public:
    explicit WindowMessages(QObject* parent = nullptr);

    // Replaces what the same source told before.
    void tell(MessageSource source, WindowMessage message);
    void tell(MessageSource source, const Trouble& trouble);
    void clear(MessageSource source);
    void dismiss(); // the one that is shown; another one may be shown then
    // The newest that waits, else the newest that is not about settings, else the newest; null: there is none.
    const WindowMessage* shown() const;

Q_SIGNALS:
    void changed();
    void mend(looptax::Mend how); // a button of a Trouble was pressed

private:
    struct Told {
        MessageSource source;
        WindowMessage message;
    };
    std::vector<Told>::const_iterator current() const;

    std::vector<Told> m_told; // the oldest first
};

} // namespace looptax
