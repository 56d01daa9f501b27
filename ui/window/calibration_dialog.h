// Checks the instrument from the window: what it does in words, a button, the charts of its sweep being
// painted as in any other (their cost is part of what is measured), progress, cancel, and the figures at the
// end.
#pragma once

#include "ui/model/calibration_job.h"
#include "ui/model/session_feed.h"

#include <QDialog>

class QLabel;
class QProgressBar;
class QPushButton;
class QTableWidget;

namespace looptax {

class ChartsPane;

class CalibrationDialog : public QDialog {
    Q_OBJECT
public:
    CalibrationDialog(FileOps& files, CalibrationMaker maker, QWidget* parent = nullptr);
    ~CalibrationDialog() override; // stops what runs and waits for it

    void start();
    bool running() const { return m_job != nullptr; }
    const SessionFeed& feed() const { return m_feed; } // of the sweep that runs

Q_SIGNALS:
    // Once for each start(), unless the dialog is gone before. text: the table, or what went wrong.
    void ended(bool ok, const QString& text);

protected:
    void done(int result) override; // Escape and the cross while it runs stop it, and close when it is over

private:
    void receive(CalibrationNews news);
    void conclude(const Result<CalibrationOutcome>& outcome);
    void fill(const CalibrationOutcome& outcome);

    CalibrationMaker m_maker;
    SessionFeed m_feed;
    std::unique_ptr<CalibrationJob> m_job;
    bool m_closing = false;
    QLabel* m_words;
    QProgressBar* m_progress;
    ChartsPane* m_charts;
    QTableWidget* m_table;
    QPushButton* m_start;
    QPushButton* m_stop;
};

} // namespace looptax
