// The run-configuration panel: holds one plan and shows every problem of it beside the field it belongs to,
// with what to write instead. Made for a dock of 380 to 440 px; scrolls from top to bottom. It knows nothing
// of a sweep: the window asks for plan() when runnable() and locks the panel while one runs.
#pragma once

#include "domain/plan.h"
#include "domain/plan_json.h"
#include "ui/model/services.h"
#include "ui/widgets/background_task.h"
#include "ui/widgets/field_mark.h"

#include <QString>
#include <QWidget>

#include <optional>
#include <vector>

class QScrollArea;
class QVBoxLayout;

namespace looptax {

class DesignList;
class DoubtStrip;
class FormFold;
class FormSection;
class PlanNotice;
class PresetBar;
class SizeLine;
class TargetList;
class ToneLabel;

class PlanPanel : public QWidget {
    Q_OBJECT
public:
    // services must outlive the panel. Starts with the preset "quick" and no target.
    explicit PlanPanel(const Services& services, QWidget* parent = nullptr);
    ~PlanPanel() override;

    void setPlan(const Plan& plan); // trusted; what is set is given back unchanged until somebody edits it
    const Plan& plan() const { return m_plan; }
    // Of the plan as it stands: fields that cannot be read, mistakes of the file it came from, checkPlan().
    const std::vector<Problem>& problems() const { return m_problems; }
    bool runnable() const { return m_blocked.isEmpty(); }
    QString blocked() const { return m_blocked; } // why it cannot be started, a sentence; empty: it can

    void setEditable(bool editable); // false while a sweep runs: everything can be read, nothing changed
    bool isEditable() const { return m_editable; }
    // Where sessions lie by which time is estimated; services.sessions_folder until this is called.
    void setSessionsFolder(const std::string& folder);

    void offer(const std::vector<ProbeFinding>& findings); // as if the probe had found them
    // In the background; when asked again meanwhile, the older answer is dropped. Not while locked: it would
    // disturb what is measured. The first time a panel without a target is shown it looks by itself, and
    // takes what it finds: a runtime of the user's own, else the embedded one where it is installed.
    void lookAgain();
    void useEmbedded(); // as its button does
    bool installing() const;

    // As its buttons do, without the dialog. What came of it stands in the panel.
    bool loadFile(const QString& path);      // waits for the file, but not for long: a pipe may never give one
    void saveFile(const QString& path);      // written beside the window
    void usePreset(const std::string& name); // keeps the targets

    QSize sizeHint() const override;

Q_SIGNALS:
    void planChanged(); // by a person, a file or a preset; not by setPlan()
    void runnableChanged(bool runnable);
    void problemsChanged();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void connectAll();
    void put(const Plan& plan, const std::vector<Problem>& mistakes, const std::vector<Problem>& asked);
    void allow(FieldMark* mark);
    std::vector<Problem> asked() const; // what still has to be allowed
    void showSettings();                // all of the plan but its targets
    void edited();                      // by a person
    void askModels();
    void recheck();
    void sortOut(std::vector<Problem> checked, const std::vector<PlanField>& fields);
    void sayState();
    std::vector<FormSection*> forms() const; // in the order they are seen
    std::vector<PlanField> fields() const;
    void showNextMistake();
    void unfoldMistakes();
    void relock();
    void lookWhoIsBusy();
    void suggestTarget();
    void askLoad();
    void askSave();

    const Services& m_services;
    Plan m_plan;
    struct Before {
        Plan plan;
        std::vector<Problem> asked;
    };
    std::optional<Before> m_before; // what a preset or a file replaced
    std::vector<Problem> m_problems;
    std::vector<Problem> m_loose; // of the file, without a field
    QString m_blocked;
    QString m_folder; // where plan files were last
    bool m_editable = true;
    bool m_putting = false;
    bool m_touched = false; // by a person since it was set as a whole
    bool m_suggest = true;
    bool m_lookedOnce = false;
    int m_errors = 0;
    int m_warnings = 0;
    FieldMark* m_lastShown = nullptr; // compared only

    ToneLabel* m_locked;
    PresetBar* m_presets;
    QScrollArea* m_scroll;
    PlanNotice* m_notice;
    TargetList* m_targets;
    DoubtStrip* m_doubts;
    DesignList* m_designs;
    FormSection* m_conduct;
    FormFold* m_verdicts;
    FormFold* m_advanced;
    ToneLabel* m_busy; // who else uses the machine
    SizeLine* m_size;
    BackgroundTask m_probe;
    BackgroundTask m_busyLook;
    BackgroundTask m_models;
    Plan m_modelsOf; // what m_memory was asked about: its targets and context alone
    std::vector<Problem> m_memory;
    BackgroundTask m_saving;
};

} // namespace looptax
