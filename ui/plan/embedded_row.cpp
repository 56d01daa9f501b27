#include "ui/plan/embedded_row.h"

#include "ui/model/services.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"
#include "ui/widgets/tone_label.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace looptax {

EmbeddedRow::EmbeddedRow(const EmbeddedRuntime& runtime, QWidget* parent)
    : QWidget(parent)
    , m_runtime(runtime)
    , m_installer(new RuntimeInstaller(this))
    , m_button(new QPushButton(this))
    , m_cancel(new QPushButton(QStringLiteral("Cancel"), this))
    , m_bar(new QProgressBar(this))
    , m_line(new ToneLabel(Tone::Faint, {}, this)) {
    m_button->setAutoDefault(false);
    m_cancel->setAutoDefault(false);
    m_cancel->setAccessibleName(QStringLiteral("Cancel fetching the embedded runtime"));
    m_cancel->setProperty(kStaysEnabled, true);
    m_bar->setRange(0, 0); // the program does not say how much is left
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(8);
    m_bar->setAccessibleName(QStringLiteral("Fetching the embedded runtime"));
    auto* row = new QHBoxLayout;
    row->setSpacing(kGap);
    row->addWidget(m_button, 1);
    row->addWidget(m_cancel);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addLayout(row);
    column->addWidget(m_bar);
    column->addWidget(m_line);
    connect(m_button, &QPushButton::clicked, this, &EmbeddedRow::press);
    connect(m_cancel, &QPushButton::clicked, m_installer, [this] {
        m_cancel->setEnabled(false);
        m_installer->cancel();
    });
    connect(m_installer, &RuntimeInstaller::progressed, this, [this](const QString& line) { say(line, false); });
    connect(m_installer, &RuntimeInstaller::succeeded, this, [this] {
        m_failed = !m_runtime.installed();
        rest();
        if (m_failed)
            say(QStringLiteral("Fetching ended without an error, yet the runtime is not where it should be: %1")
                    .arg(m_runtime.target.managed ? text(m_runtime.target.managed->command) : QString()),
                true);
        Q_EMIT installingChanged();
        if (!m_failed) Q_EMIT wanted();
    });
    connect(m_installer, &RuntimeInstaller::failed, this, [this](const QString& why) {
        m_failed = true;
        rest();
        say(why, true);
        Q_EMIT installingChanged();
    });
    connect(m_installer, &RuntimeInstaller::cancelled, this, [this] {
        rest();
        say(QStringLiteral("Stopped. What was fetched so far is kept; another try goes on from there."), false);
        Q_EMIT installingChanged();
    });
    rest();
}

void EmbeddedRow::press() {
    if (installing()) return;
    if (m_runtime.installed && m_runtime.installed()) {
        m_failed = false;
        rest();
        Q_EMIT wanted();
        return;
    }
    m_failed = false;
    m_installer->start(m_runtime.program, m_runtime.arguments);
    if (!installing()) return; // failed at once, and said so
    rest();
    say(QStringLiteral("Starting …"), false);
    Q_EMIT installingChanged();
}

void EmbeddedRow::setInPlan(bool inPlan) {
    m_inPlan = inPlan;
    if (!installing()) rest();
}

void EmbeddedRow::say(const QString& words, bool trouble) {
    m_line->setText(words);
    m_line->setVisible(!words.isEmpty());
    m_line->setTone(trouble ? Tone::Trouble : Tone::Faint);
}

void EmbeddedRow::rest() {
    const bool busy = installing();
    const bool here = m_runtime.installed && m_runtime.installed();
    m_bar->setVisible(busy);
    m_cancel->setVisible(busy);
    m_cancel->setEnabled(true);
    if (m_inPlan) m_button->setText(QStringLiteral("Embedded llama.cpp is in the plan"));
    else if (busy) m_button->setText(QStringLiteral("Fetching embedded llama.cpp …"));
    else if (m_failed) m_button->setText(QStringLiteral("Try again: fetch embedded llama.cpp"));
    else if (here) m_button->setText(QStringLiteral("&Use embedded llama.cpp"));
    else m_button->setText(QStringLiteral("Fetch and &use embedded llama.cpp"));
    holdDisabled(m_button, busy || m_inPlan);
    const QString model = m_runtime.target.managed ? QFileInfo(text(m_runtime.target.managed->model_file)).fileName() : QString();
    m_button->setToolTip(QStringLiteral("llama.cpp's server with a small model (%1), started for the sweep and ended "
                                        "with it. Kept in your data folder.")
                             .arg(model));
    if (!busy && !m_failed) say({}, false);
}

} // namespace looptax
