// What the panel does when it is asked to: presets, plan files, looking for runtimes.
#include "ui/plan/plan_panel.h"

#include "domain/presets.h"
#include "ui/plan/design_list.h"
#include "ui/plan/doubt_strip.h"
#include "ui/plan/embedded_row.h"
#include "ui/plan/plan_files.h"
#include "ui/plan/plan_notice.h"
#include "ui/plan/target_choice.h"
#include "ui/plan/target_list.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/fold.h"
#include "ui/widgets/tone_label.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>

#include <algorithm>
#include <chrono>

namespace looptax {

namespace {

constexpr std::chrono::seconds kLoadTime{2};

} // namespace

// The mark's path as it is now: targets may have been moved since the file was read.
void PlanPanel::allow(FieldMark* mark) {
    std::vector<TrustNeed> needs;
    for (const PlanField& field : fields())
        if (field.mark == mark)
            for (const TrustNeed& need : needsTrust(m_plan, Origin::File, m_services.ownCommand()))
                if (need.path == field.path) needs.push_back(need);
    mark->allowed();
    if (m_services.allow) m_services.allow(needs);
    edited();
}

std::vector<Problem> PlanPanel::asked() const {
    std::vector<Problem> out;
    for (const PlanField& field : fields())
        for (Problem problem : field.mark->asked()) {
            problem.path = field.path;
            out.push_back(std::move(problem));
        }
    return out;
}

void PlanPanel::usePreset(const std::string& preset) {
    const auto plan = presetPlan(preset, m_plan.targets);
    if (!plan || !m_editable) return;
    const Before before{m_plan, asked()};
    const bool worthIt = m_touched && before.plan != *plan;
    // The targets stay as they are, and with them what a file had wrong there or has not been allowed yet.
    m_plan = *plan;
    m_loose.clear();
    showSettings();
    recheck();
    relock();
    m_touched = false;
    m_before = worthIt ? std::optional<Before>(before) : std::nullopt;
    if (worthIt)
        m_notice->say(PlanNotice::Kind::Info, QStringLiteral("The preset %1 has replaced what was set.").arg(text(preset)), true);
    else m_notice->clear();
    Q_EMIT planChanged();
}

void PlanPanel::offer(const std::vector<ProbeFinding>& findings) {
    m_targets->offer(findings);
    m_doubts->present(m_plan.targets, findings);
    if (m_suggest && m_editable) suggestTarget();
    m_suggest = false;
}

void PlanPanel::suggestTarget() {
    if (!m_plan.targets.empty()) return;
    const std::vector<ProbeFinding>& found = m_targets->findings();
    const auto usable = std::find_if(found.begin(), found.end(), isUsable);
    if (usable != found.end()) m_targets->add(targetFrom(*usable, {}));
    else if (m_services.embedded.installed && m_services.embedded.installed()) m_targets->addEmbedded();
    else return;
    m_targets->closeMore();
    m_touched = false; // nobody's work would be lost
}

void PlanPanel::lookAgain() {
    if (!m_editable || !m_services.probe) return;
    m_lookedOnce = true;
    std::vector<std::string> urls = knownUrls();
    const std::vector<PlanField> all = fields();
    for (std::size_t i = 0; i < m_plan.targets.size(); ++i) {
        const Target& target = m_plan.targets[i];
        if (target.managed || target.url.empty()) continue;
        const PlanField* field = fieldOf("$.targets[" + std::to_string(i) + "].url", all);
        if (field != nullptr && field->mark->hasErrors()) continue; // not allowed yet, or no address
        const auto same = [&](const std::string& url) { return placeOf(url) == placeOf(target.url); };
        if (std::none_of(urls.begin(), urls.end(), same)) urls.push_back(target.url);
    }
    m_targets->setLooking(true);
    m_probe.run([probe = m_services.probe, urls] { return probe(urls); },
                [this](const std::vector<ProbeFinding>& findings) {
                    m_targets->setLooking(false);
                    offer(findings);
                    lookWhoIsBusy();
                });
}

// After the search: a window that is just being shown keeps the desktop busy itself.
void PlanPanel::lookWhoIsBusy() {
    if (!m_services.busyNow) return;
    m_busyLook.run([ask = m_services.busyNow, plan = m_plan] { return ask(plan); },
                   [this](const std::string& busy) {
                       m_busy->setText(text(busy));
                       m_busy->setVisible(!busy.empty() && m_editable);
                   });
}

void PlanPanel::useEmbedded() {
    if (m_editable) m_targets->embedded().press();
}

bool PlanPanel::installing() const { return m_targets->embedded().installing(); }

void PlanPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (!m_lookedOnce && m_editable) lookAgain();
}

bool PlanPanel::loadFile(const QString& path) {
    if (!m_editable) return false;
    const auto loaded = doneWithin(kLoadTime, [&files = m_services.files, path = path.toStdString(),
                                               trust = m_services.trust(Origin::File)] { return loadPlan(files, path, trust); })
                            .value_or(Error{ErrorKind::Storage, "the file could not be read within 2 seconds", path.toStdString(),
                                            "copy it to a folder on this computer and load it from there", 0});
    const QString file = QFileInfo(path).fileName();
    if (!loaded) {
        m_notice->say(PlanNotice::Kind::Trouble,
                      QStringLiteral("%1 was not loaded, the plan is as it was: %2").arg(file, text(loaded.error().text())));
        m_scroll->verticalScrollBar()->setValue(0);
        return false;
    }
    m_folder = QFileInfo(path).path();
    const Before before{m_plan, asked()};
    const bool worthIt = m_touched && before.plan != loaded->plan;
    put(loaded->plan, loaded->mistakes, loaded->asked);
    m_suggest = false;
    m_before = worthIt ? std::optional<Before>(before) : std::nullopt;
    QString words = QStringLiteral("%1 is loaded.").arg(file);
    // Those of form and those of meaning: whoever mends the file wants them all.
    const int mistakes = m_errors - int(loaded->asked.size());
    if (mistakes > 0)
        words = QStringLiteral("%1 has %2. Each is marked at its field%3.")
                    .arg(file, countWords(mistakes, 0),
                         m_loose.empty() ? QString() : QStringLiteral("; those without a field stand here"));
    else if (!loaded->asked.empty()) words += QStringLiteral(" It needs your permission (see below).");
    m_notice->say(mistakes > 0 ? PlanNotice::Kind::Trouble : PlanNotice::Kind::Info, words, worthIt);
    m_scroll->verticalScrollBar()->setValue(0);
    Q_EMIT planChanged();
    return true;
}

void PlanPanel::saveFile(const QString& path) {
    QString why;
    for (const PlanField& field : fields())
        if (field.mark->slip() && !field.mark->slip()->warning) why = QStringLiteral("a field cannot be read; mend it first");
    if (m_saving.busy()) why = QStringLiteral("another plan file is still being saved. Try again in a moment.");
    const QString file = QFileInfo(path).fileName();
    const auto refused = [this, file](const QString& reason) {
        m_notice->say(PlanNotice::Kind::Trouble, QStringLiteral("%1 was not saved: %2").arg(file, reason));
        m_scroll->verticalScrollBar()->setValue(0);
    };
    if (!why.isEmpty()) return refused(why);
    m_notice->say(PlanNotice::Kind::Info, QStringLiteral("Saving %1…").arg(file));
    m_saving.run([&files = m_services.files, path = path.toStdString(), plan = m_plan] { return savePlan(files, path, plan); },
                 [this, path, refused](const Status& saved) {
                     if (!saved) return refused(text(saved.error().text()));
                     m_folder = QFileInfo(path).path();
                     m_notice->say(PlanNotice::Kind::Info, QStringLiteral("Saved as %1.").arg(path));
                 });
}

void PlanPanel::askLoad() {
    auto* dialog =
        new QFileDialog(this, QStringLiteral("Load a plan"), m_folder, QStringLiteral("Plans (*.json);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &PlanPanel::loadFile);
    dialog->open();
}

void PlanPanel::askSave() {
    static const QRegularExpression odd(QStringLiteral("[^A-Za-z0-9_.-]+"));
    QString name = text(m_plan.name).replace(odd, QStringLiteral("-"));
    if (name.isEmpty() || name.startsWith(QLatin1Char('.'))) name.prepend(QStringLiteral("plan"));
    auto* dialog =
        new QFileDialog(this, QStringLiteral("Save the plan"), m_folder, QStringLiteral("Plans (*.json);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    dialog->selectFile(name + QStringLiteral(".json"));
    connect(dialog, &QFileDialog::fileSelected, this, &PlanPanel::saveFile);
    dialog->open();
}

} // namespace looptax
