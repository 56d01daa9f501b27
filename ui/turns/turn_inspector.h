// One turn, looked at closely: the prompt as it was sent, the reply beside what was expected, our numbers
// beside the runtime's. What models and servers wrote is plain text.
#pragma once

#include "loop/task_pack.h"
#include "ui/model/session_feed.h"
#include "ui/turns/turn_story.h"

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

    TurnInspector(FileOps& files, const SessionFeed& feed, PackSource packs, QWidget* parent = nullptr);

    void show(int storeRow); // -1: nothing
    using QWidget::show;
    int shownTurn() const { return m_row; }
    QTabWidget& tabs() { return *m_tabs; }

protected:
    void changeEvent(QEvent* event) override;

private:
    void tell(); // reads the journal and fills the pages
    void showHead(const TurnRecord& record);
    void showReply();
    void showPrompt();
    void showReread();
    void showSplit();
    void showNumbers(const TurnRecord& record);
    std::shared_ptr<const TaskPack> pack();

    FileOps& m_files;
    const SessionFeed& m_feed;
    PackSource m_packs;
    std::string m_packName;
    std::shared_ptr<const TaskPack> m_pack;
    int m_row = -1;
    TurnStory m_story;
    QTimer m_later; // rows that the keyboard runs over are not each read from the disk
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
