// The live line at the foot of the panel: cells, runs, turns and requests at once, time and disk as soon as
// they are worked out on a thread of their own; and whether the plan can be started.
#pragma once

#include "engine/plan_size.h"
#include "ui/widgets/background_task.h"

#include <QTimer>
#include <QWidget>

#include <functional>
#include <memory>
#include <string>

class QLabel;
class QPushButton;

namespace looptax {

class ToneLabel;

class SizeLine : public QWidget {
    Q_OBJECT
public:
    using PackOf = std::function<Result<std::shared_ptr<const TaskPack>>(const std::string& name)>;
    // out: where earlier sessions lie.
    SizeLine(const Catalogue& catalogue, PackOf packOf, FileOps& files, const std::string& out, QWidget* parent);

    void setPlan(const Plan& plan, bool valid);
    // blocked: why it cannot be started; empty: it can.
    void setState(int errors, int warnings, const QString& blocked);
    void setSessionsFolder(const std::string& out);
    void forgetPaces(); // a sweep has ended: there is more to go by
    QString counts() const;
    QString cost() const;

Q_SIGNALS:
    void nextMistakeWanted(); // lead to the next field that is wrong

protected:
    void changeEvent(QEvent* event) override;

private:
    void workOut();
    void paintSign();

    Catalogue m_catalogue;
    PackOf m_packOf;
    FileOps& m_files;
    std::string m_out;
    std::shared_ptr<PaceMemory> m_memory; // used by the task's thread alone
    Plan m_plan;
    bool m_valid = false;
    bool m_known = false; // time and disk of this plan or the one before it
    int m_errors = 0;
    int m_warnings = 0;
    bool m_blocked = false;
    QTimer m_pause; // typing goes on: not every letter is worked out
    ToneLabel* m_counts;
    ToneLabel* m_cost;
    QLabel* m_sign;
    ToneLabel* m_state;
    QPushButton* m_show;
    BackgroundTask m_task;
};

} // namespace looptax
