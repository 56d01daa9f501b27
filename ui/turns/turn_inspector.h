// One turn, looked at closely: the prompt as it was sent, the reply beside what was expected, our numbers
// beside the runtime's. What models and servers wrote is plain text.
#pragma once

#include "loop/task_pack.h"
#include "replay/turn_story.h"
#include "ui/model/session_feed.h"
#include "ui/widgets/background_task.h"

#include <QTimer>
#include <QWidget>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

class QCheckBox;
class QLabel;
class QTabWidget;
class QTableWidget;

namespace looptax {

class PlainPage;

class TurnInspector : public QWidget {
    Q_OBJECT
public:
    using PackSource = std::function<Result<std::shared_ptr<const TaskPack>>(const std::string& name)>;

    TurnInspector(FileOps& files, SessionFeed& feed, PackSource packs, QWidget* parent = nullptr);

    void show(int storeRow); // -1: nothing
    using QWidget::show;
    int shownTurn() const { return m_row; }
    QTabWidget& tabs() { return *m_tabs; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void read(); // the journal and the explanations, beside the window
    struct Told; // what came of it
    void tell(Told told);
    void sayReading();
    void showHead(const TurnRecord& record);
    void showReply();
    void showPrompt();
    void showReread();
    void showSplit();
    void showLaws(); // what rests on them
    bool lawsKnowTheTurn() const;
    void showNumbers(const TurnRecord& record);
    std::shared_ptr<const TaskPack> pack();

    FileOps& m_files;
    SessionFeed& m_feed;
    PackSource m_packs;
    std::string m_packName;
    std::shared_ptr<const TaskPack> m_pack;
    int m_row = -1;
    TurnStory m_story;
    QString m_explained; // the page of the re-read without its estimate
    int m_toldRow = -1;  // of m_story and m_explained
    QTimer m_later;      // rows that the keyboard runs over are not each read from the disk
    QTimer m_slow;       // then it is said that the turn is being read
    BackgroundTask m_reading;
    QLabel* m_title;
    QLabel* m_verdict;
    QLabel* m_trouble;
    QTabWidget* m_tabs;
    QCheckBox* m_raw;
    PlainPage* m_reply;
    PlainPage* m_prompt;
    PlainPage* m_reread;
    PlainPage* m_splitPage;
    QTableWidget* m_numbers;
};

} // namespace looptax
