#include "ui/window/calibration_dialog.h"

#include "base/text.h"
#include "ui/charts/charts_pane.h"
#include "ui/style/text.h"
#include "ui/widgets/panel_look.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {} // namespace

CalibrationDialog::CalibrationDialog(FileOps& files, CalibrationMaker maker, QWidget* parent)
    : QDialog(parent)
    , m_maker(std::move(maker))
    , m_feed(files)
    , m_words(new QLabel(this))
    , m_progress(new QProgressBar(this))
    , m_charts(new ChartsPane(m_feed, this))
    , m_table(new QTableWidget(this)) {
    setWindowTitle(QStringLiteral("Calibrate the instrument"));
    resize(980, 680);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setWordWrap(true);
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_words->setText(QStringLiteral("Measures how far this program's own clock is off on this machine, with "
                                    "charts being painted: a server of known "
                                    "send times runs as a process of its own, and bare sockets ask as "
                                    "often in between; first on an idle machine, then with every core "
                                    "busy. It takes about six minutes; close what else is running. A report "
                                    "quotes the load that fits its runtime."));
    m_progress->setVisible(false);
    nameControl(m_progress, QStringLiteral("Progress of the calibration, in turns"));
    m_table->setVisible(false);
    m_table->verticalHeader()->setVisible(false);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    nameControl(m_table, QStringLiteral("What the calibration found"));
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_words);
    column->addWidget(m_progress);
    column->addWidget(m_charts, 1);
    column->addWidget(m_table, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_start = buttons->addButton(QStringLiteral("&Calibrate"), QDialogButtonBox::ActionRole);
    m_stop = buttons->addButton(QStringLiteral("&Stop"), QDialogButtonBox::ActionRole);
    m_stop->setEnabled(false);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_start, &QPushButton::clicked, this, &CalibrationDialog::start);
    connect(m_stop, &QPushButton::clicked, this, [this] {
        if (m_job) m_job->cancel();
        m_stop->setEnabled(false);
    });
}

CalibrationDialog::~CalibrationDialog() = default;

void CalibrationDialog::start() {
    if (m_job) return;
    m_start->setEnabled(false);
    m_stop->setEnabled(true);
    m_table->setVisible(false);
    m_charts->setVisible(true);
    m_progress->setRange(0, 0);
    m_progress->setVisible(true);
    m_feed.beginLive("calibration");
    m_job = m_maker([this](CalibrationNews news) { receive(std::move(news)); });
}

void CalibrationDialog::receive(CalibrationNews news) {
    // Each load is a sweep of its own, whose runs count from 1.
    for (auto begin = news.lines.begin(); begin != news.lines.end();) {
        const auto end =
            std::find_if(begin + 1, news.lines.end(), [](const JournalLine& line) { return line.type == "session"; });
        if (begin->type == "session") m_feed.beginLive("calibration");
        m_feed.apply({begin, end});
        begin = end;
    }
    if (news.all > 0) {
        m_progress->setFormat(QStringLiteral("%1: %p %").arg(text(news.now)));
        m_progress->setRange(0, news.all);
        m_progress->setValue(news.done);
    }
    if (!news.outcome) return;
    // The job is calling: it may go when it is done with that.
    QMetaObject::invokeMethod(
        this, [this, outcome = std::move(*news.outcome)] { conclude(outcome); }, Qt::QueuedConnection);
}

void CalibrationDialog::conclude(const Result<CalibrationOutcome>& outcome) {
    m_job.reset();
    m_feed.endLive();
    m_start->setEnabled(true);
    m_stop->setEnabled(false);
    m_progress->setVisible(false);
    QString said;
    if (outcome) {
        fill(*outcome);
        said = text(outcome->summary);
    } else if (outcome.error().kind == ErrorKind::Cancelled) {
        said = QStringLiteral("Stopped. What was kept before still holds.");
    } else {
        said = QStringLiteral("The calibration did not work: %1").arg(text(stripControls(outcome.error().text())));
    }
    m_words->setText(said);
    Q_EMIT ended(outcome.ok(), said);
    if (m_closing) QDialog::done(Rejected);
}

void CalibrationDialog::fill(const CalibrationOutcome& outcome) {
    const auto& rows = outcome.rows;
    if (rows.empty()) return;
    m_table->clear();
    m_table->clearSpans();
    m_table->setRowCount(int(rows.size()) - 1);
    m_table->setColumnCount(int(rows.front().size()));
    for (std::size_t r = 0; r < rows.size(); ++r) {
        if (r > 0 && rows[r].size() == 1) m_table->setSpan(int(r) - 1, 0, 1, m_table->columnCount()); // a title
        for (std::size_t c = 0; c < rows[r].size() && c < rows.front().size(); ++c) {
            auto* item = new QTableWidgetItem(text(rows[r][c]));
            if (c > 0 && c + 1 < rows.front().size()) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            if (r == 0) m_table->setHorizontalHeaderItem(int(c), item);
            else m_table->setItem(int(r) - 1, int(c), item);
        }
    }
    m_table->resizeColumnsToContents();
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->setVisible(true);
}

void CalibrationDialog::done(int result) {
    if (!m_job) return QDialog::done(result);
    m_closing = true;
    m_job->cancel();
    m_stop->setEnabled(false);
}

} // namespace looptax
