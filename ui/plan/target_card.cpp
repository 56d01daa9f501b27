#include "ui/plan/target_card.h"

#include "domain/api_key.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/fold.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/quiet_combo.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QToolButton>
#include <QVBoxLayout>

namespace looptax {

namespace {

constexpr TargetKind kKinds[] = {TargetKind::LlamaServer, TargetKind::Ollama, TargetKind::OpenAi};

// Of a path that is too long the file's name is what matters; of anything else the beginning.
void showWhatMatters(QLineEdit* line) {
    line->setCursorPosition(line->text().contains(QLatin1Char('/')) ? int(line->text().size()) : 0);
}

QToolButton* headButton(const QString& sign, const QString& tip, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setText(sign);
    button->setToolTip(tip);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

} // namespace

TargetCard::TargetCard(const Target& target, QWidget* parent)
    : QFrame(parent)
    , m_target(target)
    , m_title(new QLabel(this))
    , m_up(headButton(QStringLiteral("↑"), QStringLiteral("Measure this target earlier"), this))
    , m_down(headButton(QStringLiteral("↓"), QStringLiteral("Measure this target later"), this))
    , m_remove(headButton(QStringLiteral("✕"), QStringLiteral("Take this target out of the plan"), this))
    , m_details(new Fold(QStringLiteral("Details"), this))
    , m_model(new QuietCombo(this))
    , m_kind(new QuietCombo(this))
    , m_way(new QuietCombo(this))
    , m_whole(new FieldMark(QStringLiteral("This target"), nullptr, this)) {
    if (target.managed) m_command = *target.managed;
    m_address = target.url;
    setFrameShape(QFrame::StyledPanel);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 4, 6, 4);
    column->setSpacing(4);
    buildHead();
    buildDetails();
    connect(m_up, &QToolButton::clicked, this, [this] { Q_EMIT moved(-1); });
    connect(m_down, &QToolButton::clicked, this, [this] { Q_EMIT moved(1); });
    connect(m_remove, &QToolButton::clicked, this, &TargetCard::removed);
    showAll();
}

void TargetCard::buildHead() {
    auto* column = static_cast<QVBoxLayout*>(layout());
    auto* head = new QHBoxLayout;
    head->setSpacing(2);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    head->addWidget(m_title, 1);
    head->addWidget(m_up);
    head->addWidget(m_down);
    head->addWidget(m_remove);
    column->addLayout(head);
    column->addWidget(m_whole);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(kGap);
    grid->setColumnStretch(1, 1);
    m_model->setEditable(true);
    m_model->setInsertPolicy(QComboBox::NoInsert);
    m_modelRow = addRow(grid, QStringLiteral("&Model"), m_model, QStringLiteral("The model"),
                        QStringLiteral("The name requests use. Those the runtime has are in the list."));
    m_file = addLine(grid, m_fileRow, QStringLiteral("Model file"), QStringLiteral("The model file"),
                     QStringLiteral("The GGUF file the server is started with."));
    column->addLayout(grid);
    column->addWidget(m_details);
    connect(m_model, &QComboBox::editTextChanged, this, [this](const QString& typed) {
        if (typed.toStdString() == m_target.model) return; // the list was filled, nobody typed
        m_target.model = typed.trimmed().toStdString();
        m_modelRow.mark->forget();
        Q_EMIT edited();
    });
    connectLine(m_file, m_fileRow.mark, [this](const QString& typed) {
        if (m_target.managed) m_target.managed->model_file = typed.toStdString();
    });
}

TargetCard::Row TargetCard::addRow(QGridLayout* grid, const QString& label, QWidget* control, const QString& subject,
                                   const QString& tip) {
    Row row{new QLabel(label, this), control, new FieldMark(subject, control, this)};
    row.label->setBuddy(control);
    row.label->setToolTip(tip);
    control->setToolTip(tip);
    QString name = label;
    nameControl(control, name.remove(QLatin1Char('&')));
    const int at = grid->rowCount();
    auto* column = new QVBoxLayout;
    column->setSpacing(2);
    column->addWidget(control);
    column->addWidget(row.mark);
    grid->addWidget(row.label, at, 0, Qt::AlignTop);
    grid->addLayout(column, at, 1);
    row.label->setMinimumHeight(control->sizeHint().height());
    connect(row.mark, &FieldMark::accepted, this, &TargetCard::edited);
    return row;
}

QLineEdit* TargetCard::addLine(QGridLayout* grid, Row& row, const QString& label, const QString& subject, const QString& tip) {
    auto* line = new QLineEdit(this);
    row = addRow(grid, label, line, subject, tip);
    return line;
}

void TargetCard::buildDetails() {
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(kGap);
    grid->setColumnStretch(1, 1);
    m_details->bodyLayout()->addLayout(grid);
    m_id = addLine(grid, m_idRow, QStringLiteral("Name"), QStringLiteral("The name"),
                   QStringLiteral("How this target is called in tables and charts: letters, digits, - _ ."));
    for (TargetKind kind : kKinds) m_kind->addItem(kindWords(kind));
    m_kindRow =
        addRow(grid, QStringLiteral("Kind"), m_kind, QStringLiteral("The kind"), QStringLiteral("Which API is spoken to it."));
    m_way->addItem(QStringLiteral("runs already, at an address"));
    m_way->addItem(QStringLiteral("is started for the sweep"));
    m_wayRow = addRow(grid, QStringLiteral("The server"), m_way, QStringLiteral("The server"),
                      QStringLiteral("A server started for the sweep gets its address and context size from it, and "
                                     "ends with it."));
    m_url = addLine(grid, m_urlRow, QStringLiteral("Address"), QStringLiteral("The address"),
                    QStringLiteral("For example http://127.0.0.1:8080"));
    m_key = addLine(grid, m_keyRow, QStringLiteral("Key variable"), QStringLiteral("The key variable"),
                    QStringLiteral("Name of the environment variable that holds the API key. The key itself is never "
                                   "stored or shown."));
    m_key->setPlaceholderText(QStringLiteral("none"));
    m_program = addLine(grid, m_programRow, QStringLiteral("Command"), QStringLiteral("The command"),
                        QStringLiteral("A bare name looked for on PATH, or a path."));
    m_arguments = addLine(grid, m_argumentsRow, QStringLiteral("Arguments"), QStringLiteral("The arguments"),
                          QStringLiteral("Further arguments, blanks between. Address, port and context size are set by "
                                         "the sweep."));
    connect(m_kind, &QComboBox::activated, this, [this](int at) {
        m_target.kind = kKinds[at];
        m_kindRow.mark->forget();
        arrange();
        Q_EMIT edited();
    });
    connect(m_way, &QComboBox::activated, this, [this](int at) {
        setManaged(at == 1);
        Q_EMIT edited();
    });
    connectLine(m_id, m_idRow.mark, [this](const QString& typed) { m_target.id = typed.toStdString(); });
    connectLine(m_url, m_urlRow.mark, [this](const QString& typed) {
        m_target.url = typed.trimmed().toStdString();
        arrange();
    });
    connectLine(m_key, m_keyRow.mark, [this](const QString& typed) {
        const QString name = typed.trimmed();
        if (name.isEmpty()) m_target.api_key_env.reset();
        else if (isVariableName(name.toStdString())) m_target.api_key_env = name.toStdString();
        else m_target.api_key_env.reset(); // it may be the key itself: never into the plan
        checkVariable();
    });
    connectLine(m_program, m_programRow.mark, [this](const QString& typed) {
        if (m_target.managed) m_target.managed->command = typed.trimmed().toStdString();
    });
    connectLine(m_arguments, m_argumentsRow.mark, [this](const QString& typed) {
        if (m_target.managed) m_target.managed->args = readArguments(typed);
    });
}

void TargetCard::connectLine(QLineEdit* line, FieldMark* mark, std::function<void(const QString&)> set) {
    connect(line, &QLineEdit::textEdited, this, [this, mark, set = std::move(set)](const QString& typed) {
        mark->forget();
        set(typed);
        sayTitle();
        Q_EMIT edited();
    });
}

void TargetCard::showAll() {
    m_id->setText(text(m_target.id));
    for (std::size_t i = 0; i < std::size(kKinds); ++i)
        if (kKinds[i] == m_target.kind) m_kind->setCurrentIndex(int(i));
    m_way->setCurrentIndex(m_target.managed ? 1 : 0);
    m_url->setText(text(m_target.url));
    m_key->setText(m_target.api_key_env ? text(*m_target.api_key_env) : QString());
    m_program->setText(text(m_command.command));
    m_file->setText(text(m_command.model_file));
    m_arguments->setText(argumentsText(m_command.args));
    for (QLineEdit* line : {m_id, m_url, m_key, m_arguments}) line->setCursorPosition(0);
    showWhatMatters(m_program);
    showWhatMatters(m_file);
    showModel();
    checkVariable();
    arrange();
    sayTitle();
}

void TargetCard::checkVariable() {
    const QString name = m_key->text().trimmed();
    std::optional<Problem> slip;
    if (!name.isEmpty() && !isVariableName(name.toStdString())) slip = Problem{{}, kNotAVariable, kVariableHint, false};
    else if (!name.isEmpty() && !qEnvironmentVariableIsSet(name.toLocal8Bit().constData()))
        slip = Problem{{},
                       "is not set where this program was started",
                       "export it before you start the program, or requests go without a key",
                       true};
    m_keyRow.mark->setSlip(std::move(slip));
}

void TargetCard::setManaged(bool managed) {
    if (managed == m_target.managed.has_value()) return;
    if (managed) {
        m_address = m_target.url;
        m_target.url.clear();
        m_target.managed = m_command;
        if (m_command.command.empty()) m_target.managed->command = "llama-server";
    } else {
        m_command = *m_target.managed;
        m_target.managed.reset();
        if (m_target.url.empty()) m_target.url = m_address;
    }
    // What a file brought and nobody has allowed is still asked about: it comes back with the next change of the way.
    for (const Row& row : {m_wayRow, m_urlRow, m_programRow, m_fileRow, m_argumentsRow}) row.mark->acceptShown();
    if (m_target.managed) m_command = *m_target.managed;
    showAll();
}

void TargetCard::arrange() {
    const bool managed = m_target.managed.has_value();
    const auto set = [](const Row& row, bool visible) {
        row.label->setVisible(visible);
        row.control->setVisible(visible);
        if (!visible) row.mark->hide();
    };
    // A wrong combination that a file brought must be seen to be mended.
    set(m_urlRow, !managed || !m_target.url.empty());
    set(m_programRow, managed);
    set(m_fileRow, managed);
    set(m_argumentsRow, managed);
    set(m_wayRow, managed || m_target.kind == TargetKind::LlamaServer);
    set(m_modelRow, !managed || !m_target.model.empty());
}

void TargetCard::sayTitle() {
    const QString place = m_target.managed ? QStringLiteral("started for the sweep") : shortAddress(m_target.url);
    const QString id = m_target.id.empty() ? QStringLiteral("(no name)") : text(m_target.id);
    m_title->setText(place.isEmpty() ? id : id + QStringLiteral(" · ") + place);
    m_title->setToolTip(m_title->text());
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_up->setAccessibleName(QStringLiteral("Move %1 up").arg(id));
    m_down->setAccessibleName(QStringLiteral("Move %1 down").arg(id));
    m_remove->setAccessibleName(QStringLiteral("Remove %1").arg(id));
    setAccessibleName(QStringLiteral("Target ") + id);
    m_details->setSummary(kindWords(m_target.kind) + (m_target.api_key_env ? QStringLiteral(", with a key") : QString()));
}

void TargetCard::setModels(const std::vector<std::string>& models) {
    if (models == m_models && m_model->count() == int(models.size())) return; // somebody may be typing
    m_models = models;
    showModel();
}

void TargetCard::showModel() {
    const std::vector<std::string>& models = m_models;
    const QSignalBlocker quiet(m_model);
    m_model->clear();
    for (const std::string& model : models) m_model->addItem(text(model));
    m_model->setEditText(text(m_target.model));
    showWhatMatters(m_model->lineEdit());
    nameControl(m_model, QStringLiteral("Model"));
    const bool free = m_target.kind == TargetKind::LlamaServer;
    m_model->lineEdit()->setPlaceholderText(free ? QStringLiteral("the one the server was started with")
                                                 : QStringLiteral("name of the model"));
}

void TargetCard::setPlace(int index, int count) {
    holdDisabled(m_up, index == 0);
    holdDisabled(m_down, index + 1 >= count);
    m_up->setVisible(count > 1);
    m_down->setVisible(count > 1);
}

std::vector<PlanField> TargetCard::fields(int index) const {
    const std::string at = "$.targets[" + std::to_string(index) + "]";
    return {{at, m_whole},
            {at + ".model", m_modelRow.mark},
            {at + ".managed.model_file", m_fileRow.mark},
            {at + ".id", m_idRow.mark},
            {at + ".kind", m_kindRow.mark},
            {at + ".managed", m_wayRow.mark},
            {at + ".url", m_urlRow.mark},
            {at + ".api_key_env", m_keyRow.mark},
            {at + ".managed.command", m_programRow.mark},
            {at + ".managed.args", m_argumentsRow.mark}};
}

void TargetCard::setCounts() {
    int errors = 0;
    int warnings = 0;
    for (const Row& row : {m_idRow, m_kindRow, m_wayRow, m_urlRow, m_keyRow, m_programRow, m_argumentsRow}) {
        errors += row.mark->errors();
        warnings += row.mark->warnings();
    }
    m_details->setCounts(errors, warnings);
    if (errors + warnings == 0) sayTitle();
}

void TargetCard::unfoldMistakes() {
    for (const Row& row : {m_idRow, m_kindRow, m_wayRow, m_urlRow, m_keyRow, m_programRow, m_argumentsRow})
        if (row.mark->hasErrors()) m_details->setOpen(true);
}

void TargetCard::focusFirst() {
    if (!m_model->isHidden()) m_model->setFocus();
    else m_file->setFocus();
}

QString kindWords(TargetKind kind) {
    switch (kind) {
    case TargetKind::LlamaServer: return QStringLiteral("llama-server");
    case TargetKind::Ollama: return QStringLiteral("Ollama");
    case TargetKind::OpenAi: return QStringLiteral("OpenAI-compatible");
    }
    return {};
}

} // namespace looptax
