// What is on screen when no sweep runs: which session, what it found in three sentences, what is wrong with
// its files, and what can be done with it: export all, see the verdicts, resume, retry what failed, repeat it,
// read it again.
#pragma once

#include "ui/model/session_feed.h"
#include "ui/window/notice_line.h"

#include <QStringList>

namespace looptax {

class SessionLine : public NoticeLine {
    Q_OBJECT
public:
    explicit SessionLine(const SessionFeed& feed, QWidget* parent = nullptr);

    // busy: a sweep runs, or a folder is being read: nothing is said. amendable: more repeats may be added.
    void refresh(bool busy, bool amendable);

    static QString exportAllText();
    static QString verdictsText();
    static QString resumeText();
    static QString retryText();
    static QString readAgainText();

Q_SIGNALS:
    void exportAll();
    void showVerdicts();
    void addRepeats(int more);
    void resume();
    void retryFailed();
    void readAgain();

private:
    const SessionFeed& m_feed;
};

} // namespace looptax
