// What is on screen when no sweep runs: which session, what it found in three sentences, what is wrong with
// its files, and what can be done with it: export all, resume, retry what failed, read it again.
#pragma once

#include "ui/model/session_feed.h"
#include "ui/window/notice_line.h"

#include <QStringList>

namespace looptax {

class SessionLine : public NoticeLine {
    Q_OBJECT
public:
    explicit SessionLine(const SessionFeed& feed, QWidget* parent = nullptr);

    void refresh(bool busy); // busy: a sweep runs, or a folder is being read: nothing is said

    static QString exportAllText();
    static QString resumeText();
    static QString retryText();
    static QString readAgainText();

Q_SIGNALS:
    void exportAll();
    void resume();
    void retryFailed();
    void readAgain();

private:
    const SessionFeed& m_feed;
};

} // namespace looptax
