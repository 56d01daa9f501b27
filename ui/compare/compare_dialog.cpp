#include "ui/compare/compare_dialog.h"

#include "base/file_ops.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "store/session.h"
#include "ui/compare/document_view.h"
#include "ui/widgets/file_choice.h"
#include "ui/widgets/panel_look.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <memory>

namespace looptax {

namespace {

QString shown(const std::string& text) { return QString::fromStdString(stripControls(text)); }

} // namespace

CompareDialog::CompareDialog(FileOps& files, Comparer compare, const std::string& first, const QStringList& others,
                             QWidget* parent)
    : QDialog(parent)
    , m_files(files)
    , m_compare(std::move(compare))
    , m_first(first)
    , m_other(new QComboBox(this))
    , m_words(new QLabel(this))
    , m_view(new DocumentView(this)) {
    setWindowTitle(QStringLiteral("Compare with another session"));
    resize(1040, 700);
    auto* of = new QLabel(QStringLiteral("S1, on screen: %1").arg(shown(SessionPaths(first).id())), this);
    of->setTextFormat(Qt::PlainText);
    m_other->setEditable(true);
    m_other->setInsertPolicy(QComboBox::NoInsert);
    m_other->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_other->setMinimumContentsLength(40);
    for (const QString& folder : others)
        if (folder.toStdString() != first) m_other->addItem(folder);
    m_other->lineEdit()->setPlaceholderText(QStringLiteral("folder of another session"));
    nameControl(m_other, QStringLiteral("S2, the folder of another session"));
    auto* otherLabel = new QLabel(QStringLiteral("S&2:"), this);
    otherLabel->setBuddy(m_other);
    auto* choose = new QPushButton(QStringLiteral("C&hoose…"), this);
    m_go = new QPushButton(QStringLiteral("&Compare"), this);
    m_go->setDefault(true);
    m_published = new QPushButton(QStringLiteral("Beside the &published study"), this);
    m_published->setAutoDefault(false);
    auto* row = new QHBoxLayout;
    row->addWidget(otherLabel);
    row->addWidget(m_other, 1);
    row->addWidget(choose);
    row->addWidget(m_go);
    row->addWidget(m_published);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setWordWrap(true);
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_words->setText(
        QStringLiteral("Differences and ratios turn by turn, after what differs around the sessions. Nothing is pooled."));
    nameControl(m_view, QStringLiteral("The comparison"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_save = buttons->addButton(QStringLiteral("&Save as HTML…"), QDialogButtonBox::ActionRole);
    auto* column = new QVBoxLayout(this);
    column->addWidget(of);
    column->addLayout(row);
    column->addWidget(m_words);
    column->addWidget(m_view, 1);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(choose, &QPushButton::clicked, this, [this] {
        const QString start =
            m_other->currentText().isEmpty() ? QString::fromStdString(parentFolder(m_first)) : m_other->currentText();
        chooseFolder(this, QStringLiteral("Compare with session"), start, [this](const QString& folder) { setOther(folder); });
    });
    connect(m_go, &QPushButton::clicked, this, &CompareDialog::compare);
    connect(m_published, &QPushButton::clicked, this, &CompareDialog::besidePublished);
    connect(m_save, &QPushButton::clicked, this, &CompareDialog::askSave);
    // An editable box keeps the key to itself: without this the default button never hears it.
    connect(m_other->lineEdit(), &QLineEdit::returnPressed, this, &CompareDialog::compare);
    connect(m_other, &QComboBox::editTextChanged, this, &CompareDialog::refresh);
    m_other->setFocus();
    refresh();
}

// Reading two long journals takes seconds, and nobody looks at what comes of it. A file is written to its end all the same.
CompareDialog::~CompareDialog() {
    m_reading.abandon();
    m_saving.abandon();
}

QString CompareDialog::words() const { return m_words->text(); }

void CompareDialog::setOther(const QString& folder) {
    m_other->setEditText(folder);
    refresh();
}

void CompareDialog::refresh() {
    m_published->setEnabled(!m_reading.busy());
    m_go->setEnabled(!m_reading.busy() && !m_other->currentText().trimmed().isEmpty());
    m_save->setEnabled(!m_reading.busy() && !m_saving.busy() && !m_view->shown().blocks.empty());
}

void CompareDialog::compare() {
    const std::string second = m_other->currentText().trimmed().toStdString();
    if (!second.empty()) run(second);
}

void CompareDialog::besidePublished() { run(std::nullopt); }

void CompareDialog::run(const std::optional<std::string>& second) {
    if (m_reading.busy()) return;
    m_words->setText(second ? QStringLiteral("Reading both sessions…") : QStringLiteral("Reading the session…"));
    m_reading.run(
        [compare = m_compare, first = m_first, second] { return compare(first, second); },
        [this, second](Result<doc::Document> result) {
            const bool done = result.ok();
            m_view->show(done ? result.take() : doc::Document{});
            m_shownBeside = second ? SessionPaths(*second).id() : "published-study";
            const QString beside = second ? QStringLiteral("S2 %1").arg(shown(m_shownBeside))
                                          : QStringLiteral("the published study, shape and level apart");
            m_words->setText(
                done ? QStringLiteral("S1 %1 beside %2. Nothing is pooled.").arg(shown(SessionPaths(m_first).id()), beside)
                     : QStringLiteral("They cannot be compared: %1.").arg(shown(result.error().text())));
            refresh();
            if (done) m_view->setFocus();
            Q_EMIT compared(done);
        });
    refresh();
}

void CompareDialog::askSave() {
    const std::string folder = m_saveFolder.isEmpty() ? m_first : m_saveFolder.toStdString();
    const QString name = QString::fromStdString(joinPath(folder, "compare-with-" + m_shownBeside + ".html"));
    chooseNewFile(this, QStringLiteral("Save the comparison"), name, QStringLiteral("HTML (*.html)"),
                  [this](const QString& path) { save(path); });
}

void CompareDialog::save(const QString& path) {
    if (m_saving.busy()) return;
    m_words->setText(QStringLiteral("Saving %1…").arg(path));
    m_saving.run([&files = m_files, path = path.toStdString(),
                  html = doc::htmlDocument(m_view->shown())] { return writeUserFile(files, path, html); },
                 [this, path](const Status& written) {
                     m_words->setText(written
                                          ? QStringLiteral("written to %1").arg(path)
                                          : QStringLiteral("It could not be written: %1.").arg(shown(written.error().text())));
                     refresh();
                     Q_EMIT saved(written.ok());
                 });
    refresh();
}

} // namespace looptax
