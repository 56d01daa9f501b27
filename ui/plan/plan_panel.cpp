#include "ui/plan/plan_panel.h"

#include "domain/plan_check.h"
#include "domain/presets.h"
#include "ui/model/rules_words.h"
#include "ui/plan/design_list.h"
#include "ui/plan/doubt_strip.h"
#include "ui/plan/embedded_row.h"
#include "ui/plan/form_fold.h"
#include "ui/plan/form_section.h"
#include "ui/plan/plan_files.h"
#include "ui/plan/plan_notice.h"
#include "ui/plan/plan_sections.h"
#include "ui/plan/preset_bar.h"
#include "ui/plan/size_line.h"
#include "ui/plan/target_list.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {

constexpr int kWidth = 420;
constexpr int kNarrowest = 380;

} // namespace

PlanPanel::PlanPanel(const Services& services, QWidget* parent) : QWidget(parent), m_services(services) {
    setFont(uiFont(kBodyPixels));
    build();
    connectAll();
    if (const auto quick = presetPlan("quick", {})) put(*quick, {}, {});
}

PlanPanel::~PlanPanel() = default;

void PlanPanel::build() {
    m_locked = new ToneLabel(Tone::Normal, QStringLiteral("A sweep runs: the plan can be read, not changed."), this);
    m_locked->hide();
    m_presets = new PresetBar(this);
    m_scroll = new QScrollArea(this);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus); // keys scroll where the focus is
    auto* page = new QWidget(m_scroll);
    m_notice = new PlanNotice(page);
    m_targets = new TargetList(m_services.embedded, page);
    m_doubts = new DoubtStrip(page);
    m_designs = new DesignList(m_services.catalogue, page);
    m_conduct = makeConductSection(page);
    m_verdicts = new FormFold(QStringLiteral("Verdicts"), page);
    m_verdicts->setForm(makeAnalysisSection(m_verdicts->body()));
    m_advanced = new FormFold(QStringLiteral("Advance&d"), page);
    m_advanced->setForm(makeAdvancedSection(m_services.catalogue, m_advanced->body()));
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(10, 4, 10, 8);
    column->setSpacing(8);
    column->addWidget(m_notice);
    column->addWidget(headingLabel(QStringLiteral("Targets"), page));
    column->addWidget(m_targets);
    column->addWidget(m_doubts);
    column->addSpacing(4);
    column->addWidget(headingLabel(QStringLiteral("Designs"), page));
    column->addWidget(m_designs);
    column->addSpacing(4);
    column->addWidget(headingLabel(QStringLiteral("Runs"), page));
    column->addWidget(m_conduct);
    column->addSpacing(4);
    column->addWidget(m_verdicts);
    column->addWidget(m_advanced);
    column->addStretch(1);
    m_scroll->setWidget(page);
    m_busy = new ToneLabel(Tone::Caution, {}, this);
    m_busy->hide();
    m_size = new SizeLine(m_services.catalogue, m_services.taskPack, m_services.files, m_services.sessions_folder, this);
    auto* top = new QVBoxLayout;
    top->setContentsMargins(10, 8, 10, 4);
    top->setSpacing(4);
    top->addWidget(m_locked);
    top->addWidget(m_presets);
    auto* bottom = new QVBoxLayout;
    bottom->setContentsMargins(10, 6, 10, 8);
    bottom->addWidget(m_busy);
    bottom->addWidget(m_size);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(top);
    all->addWidget(m_scroll, 1);
    all->addLayout(bottom);
    setMinimumWidth(kNarrowest);
}

void PlanPanel::connectAll() {
    connect(m_presets, &PresetBar::presetWanted, this, &PlanPanel::usePreset);
    connect(m_presets, &PresetBar::loadWanted, this, &PlanPanel::askLoad);
    connect(m_presets, &PresetBar::saveWanted, this, &PlanPanel::askSave);
    connect(m_notice, &PlanNotice::undoWanted, this, [this] {
        if (!m_before) return;
        const Before before = *m_before;
        put(before.plan, {}, before.asked);
        m_notice->clear();
        Q_EMIT planChanged();
    });
    connect(m_notice, &PlanNotice::acceptWanted, this, [this] {
        for (const PlanField& field : fields()) field.mark->acceptShown();
        m_loose.clear();
        edited();
    });
    connect(m_targets, &TargetList::edited, this, [this] {
        m_plan.targets = m_targets->targets();
        edited();
    });
    connect(m_targets, &TargetList::cardsChanged, this, &PlanPanel::relock);
    connect(m_targets, &TargetList::lookWanted, this, &PlanPanel::lookAgain);
    connect(&m_targets->embedded(), &EmbeddedRow::installingChanged, this, [this] {
        sayState();
        Q_EMIT problemsChanged();
    });
    connect(m_doubts, &DoubtStrip::controlsChanged, this, &PlanPanel::relock);
    connect(m_designs, &DesignList::edited, this, [this] {
        m_plan.cells = m_designs->groups();
        edited();
    });
    connect(m_designs, &DesignList::rowsChanged, this, &PlanPanel::relock);
    for (FormSection* form : forms())
        connect(form, &FormSection::edited, this, [this](const PlanEdit& edit) {
            edit(m_plan);
            edited();
        });
    connect(m_size, &SizeLine::nextMistakeWanted, this, &PlanPanel::showNextMistake);
}

void PlanPanel::setPlan(const Plan& plan) {
    m_before.reset();
    m_notice->clear();
    put(plan, {}, {});
}

void PlanPanel::put(const Plan& plan, const std::vector<Problem>& mistakes, const std::vector<Problem>& asked) {
    m_putting = true;
    m_plan = plan;
    m_loose.clear();
    m_targets->setTargets(plan.targets);
    showSettings();
    m_putting = true;
    const std::vector<PlanField> all = fields();
    for (const Problem& problem : mistakes) {
        if (const PlanField* field = fieldOf(problem.path, all)) field->mark->keep(problem);
        else m_loose.push_back(problem);
    }
    for (const Problem& problem : asked)
        if (const PlanField* field = fieldOf(problem.path, all))
            field->mark->ask(problem, [this, mark = field->mark] { allow(mark); });
    m_putting = false;
    m_touched = false;
    if (!plan.targets.empty()) m_suggest = false;
    recheck();
    unfoldMistakes();
    relock();
}

void PlanPanel::showSettings() {
    m_putting = true;
    m_designs->setGroups(m_plan.cells);
    for (FormSection* form : forms()) form->show(m_plan);
    m_putting = false;
}

std::vector<FormSection*> PlanPanel::forms() const { return {m_conduct, m_verdicts->form(), m_advanced->form()}; }

std::vector<PlanField> PlanPanel::fields() const {
    std::vector<PlanField> out = m_targets->fields();
    for (const PlanField& field : m_designs->fields()) out.push_back(field);
    for (const FormSection* form : forms()) out.insert(out.end(), form->fields().begin(), form->fields().end());
    return out;
}

void PlanPanel::edited() {
    if (m_putting) return;
    m_touched = true;
    m_suggest = false;
    recheck();
    Q_EMIT planChanged();
}

// What the files of managed models tell comes later, beside the window, and is a caution at their fields.
void PlanPanel::askModels() {
    if (!m_services.memoryWarnings ||
        (m_modelsOf.targets == m_plan.targets && m_modelsOf.context_tokens == m_plan.context_tokens))
        return;
    m_memory.clear();
    m_modelsOf.targets = m_plan.targets;
    m_modelsOf.context_tokens = m_plan.context_tokens;
    m_models.run([ask = m_services.memoryWarnings, plan = m_modelsOf] { return ask(plan); },
                 [this](std::vector<Problem> found) {
                     m_memory = std::move(found);
                     if (!m_memory.empty()) recheck();
                 });
}

void PlanPanel::recheck() {
    askModels();
    std::vector<Problem> checked = checkPlan(m_plan, m_services.catalogue);
    checked.insert(checked.end(), m_memory.begin(), m_memory.end());
    sortOut(std::move(checked), fields());
    m_presets->present(m_plan);
    m_doubts->present(m_plan.targets, m_targets->findings());
    m_targets->setCounts();
    m_verdicts->present(rulesSummary(m_plan.analysis));
    m_advanced->present(QStringLiteral("name, order, sampling, reply, waiting, task"));
    m_size->setPlan(m_plan, !hasErrors(m_problems));
    sayState();
    Q_EMIT problemsChanged();
}

void PlanPanel::sortOut(std::vector<Problem> checked, const std::vector<PlanField>& all) {
    m_problems = m_loose;
    int kept = int(m_loose.size());
    const std::vector<TrustNeed> needs = needsTrust(m_plan, Origin::File, m_services.ownCommand());
    for (const PlanField& field : all) {
        field.mark->setAsking(
            std::any_of(needs.begin(), needs.end(), [&](const TrustNeed& need) { return need.path == field.path; }));
        kept += int(field.mark->kept().size());
        m_problems.insert(m_problems.end(), field.mark->kept().begin(), field.mark->kept().end());
        if (field.mark->asking()) m_problems.insert(m_problems.end(), field.mark->asked().begin(), field.mark->asked().end());
        if (!field.mark->slip()) continue;
        m_problems.push_back(*field.mark->slip());
        m_problems.back().path = field.path;
    }
    const std::vector<Problem> before = m_problems;
    std::vector<std::vector<Problem>> beside(all.size());
    std::vector<Problem> nowhere = m_loose;
    for (Problem& problem : checked) {
        const PlanField* field = fieldOf(problem.path, all);
        // A value that could not be read has been named: that the rest of it looks odd is no second mistake.
        const bool named =
            std::any_of(before.begin(), before.end(), [&](const Problem& p) { return !p.warning && p.path == problem.path; });
        if (named || (field != nullptr && field->mark->slip() && !field->mark->slip()->warning)) continue;
        if (field != nullptr) beside[std::size_t(field - all.data())].push_back(problem);
        else nowhere.push_back(problem);
        m_problems.push_back(std::move(problem));
    }
    for (std::size_t i = 0; i < all.size(); ++i) all[i].mark->present(all[i].path, beside[i]);
    m_notice->setLoose(nowhere, kept);
    m_errors = int(std::count_if(m_problems.begin(), m_problems.end(), [](const Problem& p) { return !p.warning; }));
    m_warnings = int(m_problems.size()) - m_errors;
}

void PlanPanel::sayState() {
    const bool before = runnable();
    m_blocked.clear();
    if (m_errors > 0) m_blocked = countWords(m_errors, 0) + QStringLiteral(" in the plan, each marked at its field");
    else if (installing())
        m_blocked = QStringLiteral("The embedded runtime is being fetched: that would disturb what is measured");
    m_size->setState(m_errors, m_warnings, m_blocked);
    if (before != runnable()) Q_EMIT runnableChanged(runnable());
}

void PlanPanel::unfoldMistakes() {
    m_targets->unfoldMistakes();
    m_verdicts->unfoldMistakes();
    m_advanced->unfoldMistakes();
}

void PlanPanel::showNextMistake() {
    std::vector<FieldMark*> wrong;
    for (const PlanField& field : fields())
        if (m_errors > 0 ? field.mark->hasErrors() : field.mark->warnings() > 0) wrong.push_back(field.mark);
    if (wrong.empty()) { // all that is wrong has no field
        m_scroll->verticalScrollBar()->setValue(0);
        return;
    }
    const auto last = std::find(wrong.begin(), wrong.end(), m_lastShown);
    FieldMark* next = last == wrong.end() || last + 1 == wrong.end() ? wrong.front() : *(last + 1);
    m_lastShown = next;
    for (QWidget* above = next->parentWidget(); above != nullptr && above != this; above = above->parentWidget())
        if (auto* fold = qobject_cast<Fold*>(above)) fold->setOpen(true);
    m_scroll->widget()->layout()->activate();
    if (QWidget* target = next->focusTarget()) {
        target->setFocus(Qt::ShortcutFocusReason);
        m_scroll->ensureWidgetVisible(target);
    }
    m_scroll->ensureWidgetVisible(next);
}

void PlanPanel::setEditable(bool editable) {
    if (editable == m_editable) return;
    if (editable) m_size->forgetPaces();
    else m_busy->hide(); // it was said before the start
    m_editable = editable;
    m_locked->setVisible(!editable);
    relock();
}

void PlanPanel::setSessionsFolder(const std::string& folder) { m_size->setSessionsFolder(folder); }

void PlanPanel::relock() {
    if (m_putting) return;
    lockInputs(this, m_editable);
    chainTabOrder(this);
}

QSize PlanPanel::sizeHint() const { return {kWidth, 640}; }

} // namespace looptax
