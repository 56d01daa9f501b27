// What is on screen when no sweep runs: which session, what it found in three sentences, what is wrong with
// its files, and what can be done with it: export all, see the verdicts, resume, retry what failed, repeat it,
// read it again.
#pragma once

#include "ui/model/activity.h"
#include "ui/model/session_feed.h"
#include "ui/widgets/notice_line.h"

#include <QStringList>

#include <functional>

namespace looptax {

class SessionLine : public NoticeLine {
    Q_OBJECT
public:
    explicit SessionLine(const SessionFeed& feed, QWidget* parent = nullptr);

    // Nothing is said while a sweep fills the session or another one is being read.
    void refresh(Activity activity, const std::function<Allowance(Action)>& allowance);

    static QString exportAllText();
    static QString exportElsewhereText();
    static QString verdictsText();
    static QString resumeText();
    static QString retryText();
    static QString readAgainText();

Q_SIGNALS:
    void exportAll();
    void exportElsewhere();
    void showVerdicts();
    void addRepeats(int more);
    void resume();
    void retryFailed();
    void readAgain();

private:
    const SessionFeed& m_feed;
};

} // namespace looptax
