#include "ui/turns/turn_inspector.h"

#include "base/line_diff.h"
#include "base/text.h"
#include "ui/style/numbers.h"
#include "ui/turns/estimate_words.h"
#include "ui/turns/machine_text.h"
#include "ui/turns/number_rows.h"
#include "ui/turns/plain_pages.h"
#include "ui/turns/reread_words.h"
#include "ui/turns/split_words.h"
#include "ui/turns/turn_columns.h"

#include <QCheckBox>
#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QTabWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {

constexpr int kRestMs = 60;
constexpr int kSlowMs = 300; // sooner the pages would only flicker

QLabel* line(QWidget* parent) {
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

} // namespace

struct TurnInspector::Told {
    Result<TurnStory> story;
    QString explained;
};

TurnInspector::TurnInspector(FileOps& files, SessionFeed& feed, PackSource packs, QWidget* parent)
    : QWidget(parent)
    , m_files(files)
    , m_feed(feed)
    , m_packs(std::move(packs))
    , m_title(line(this))
    , m_verdict(line(this))
    , m_trouble(line(this))
    , m_tabs(new QTabWidget(this))
    , m_raw(new QCheckBox(tr("&As it was said"), this))
    , m_reply(new PlainPage(tr("Reply beside what was expected"), this))
    , m_prompt(new PlainPage(tr("Prompt as it was sent"), this))
    , m_reread(new PlainPage(tr("Why the prompt was read anew"), this))
    , m_splitPage(new PlainPage(tr("What the time to the first token is made of"), this))
    , m_numbers(new QTableWidget(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 4, 6, 4);
    column->setSpacing(3);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    column->addWidget(m_title);
    column->addWidget(m_verdict);
    column->addWidget(m_trouble);
    column->addWidget(m_tabs, 1);

    auto* reply = new QWidget(this);
    auto* replyColumn = new QVBoxLayout(reply);
    replyColumn->setContentsMargins(4, 4, 4, 4);
    m_raw->setToolTip(tr("The reply byte for byte, instead of the lines that differ from the right one"));
    replyColumn->addWidget(m_raw);
    replyColumn->addWidget(m_reply, 1);
    connect(m_raw, &QCheckBox::toggled, this, &TurnInspector::showReply);
    m_tabs->addTab(reply, tr("&Reply"));
    m_tabs->addTab(m_prompt, tr("&Prompt"));

    m_numbers->setColumnCount(3);
    m_numbers->setHorizontalHeaderLabels({tr("What"), tr("Ours"), tr("Runtime's")});
    m_numbers->setAccessibleName(tr("Our numbers beside the runtime's"));
    m_numbers->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_numbers->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_numbers->setTabKeyNavigation(false);
    m_numbers->setShowGrid(false);
    m_numbers->setAlternatingRowColors(true);
    m_numbers->verticalHeader()->setVisible(false);
    m_numbers->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    m_numbers->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_tabs->addTab(m_numbers, tr("&Numbers"));
    m_tabs->addTab(m_reread, tr("R&e-read"));
    m_tabs->setTabToolTip(m_tabs->count() - 1, tr("What of this prompt was reused, what was read anew, and why"));
    m_tabs->addTab(m_splitPage, tr("Sp&lit"));
    m_tabs->setTabToolTip(m_tabs->count() - 1,
                          tr("What of the time to the first token is re-reading, the new message, attention, and "
                             "what lies outside the model"));
    m_tabs->setAccessibleName(tr("The turn in detail"));

    m_later.setSingleShot(true);
    m_later.setInterval(kRestMs);
    connect(&m_later, &QTimer::timeout, this, &TurnInspector::read);
    m_slow.setSingleShot(true);
    m_slow.setInterval(kSlowMs);
    connect(&m_slow, &QTimer::timeout, this, &TurnInspector::sayReading);
    connect(&feed, &SessionFeed::sessionReset, this, [this] { show(-1); });
    connect(&feed, &SessionFeed::lawsChanged, this, &TurnInspector::showLaws);
    show(-1);
}

void TurnInspector::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange && m_row >= 0 && m_reply != nullptr) showReply();
    QWidget::changeEvent(event);
}

std::shared_ptr<const TaskPack> TurnInspector::pack() {
    if (!m_feed.store().plan()) return nullptr;
    const std::string& name = m_feed.store().plan()->task.pack;
    if (!m_pack || m_packName != name) {
        auto found = m_packs(name);
        m_pack = found ? found.take() : nullptr;
        m_packName = name;
    }
    return m_pack;
}

void TurnInspector::show(int storeRow) {
    m_row = storeRow >= 0 && std::size_t(storeRow) < m_feed.store().turns().size() ? storeRow : -1;
    m_tabs->setEnabled(m_row >= 0);
    m_reading.drop();
    m_slow.stop();
    m_toldRow = -1;
    if (m_row < 0) {
        m_later.stop();
        m_title->setText(tr("Select a turn to see its prompt, its reply and its numbers."));
        m_verdict->clear();
        m_trouble->clear();
        m_trouble->setVisible(false);
        m_verdict->setVisible(false);
        m_reply->clear();
        m_prompt->clear();
        m_reread->clear();
        m_splitPage->clear();
        m_numbers->setRowCount(0);
        return;
    }
    const TurnRecord& record = m_feed.store().turns()[std::size_t(m_row)];
    showHead(record);
    showNumbers(record);
    m_later.start();
}

void TurnInspector::showHead(const TurnRecord& record) {
    m_title->setText(tr("%1, %2: repeat %3, turn %4 of %5")
                         .arg(QString::fromStdString(record.target), designText(record.design, record.cap, record.padding))
                         .arg(record.repeat)
                         .arg(record.turn)
                         .arg(record.n));
    QString verdict;
    if (record.outcome != Outcome::Ok)
        verdict = tr("✗ The turn failed: %1")
                      .arg(QString::fromUtf8(name(record.outcome).data(), qsizetype(name(record.outcome).size())) +
                           (record.prompt_truncated.value_or(false) ? tr(", prompt truncated") : QString()));
    else if (passed(record)) verdict = tr("✓ The reply passed every check");
    else verdict = tr("✗ Wrong reply: %1").arg(shownText(record.fail_reason).simplified());
    if (record.outcome == Outcome::Ok && record.state_diverged.value_or(false))
        verdict += record.all_pass_local.value_or(false)
                       ? tr(". The state it was given was already wrong; against that state the reply is right.")
                       : tr(". The state it was given was already wrong, and the reply is wrong against it too.");
    if (record.carry_over) verdict += tr(" · carry-over: turn 1 of a natural run, left out of medians");
    if (record.cache_mode_broken.value_or(false))
        verdict += tr(" · cache mode %1 did not hold: %2 prompt tokens were reused; left out of medians")
                       .arg(QString::fromUtf8(name(record.cache_mode).data(), qsizetype(name(record.cache_mode).size())))
                       .arg(record.cached_tokens.value_or(0));
    if (!record.counts_disagree.empty())
        verdict += tr(" · the runtime's counts contradict each other: %1").arg(shownText(record.counts_disagree).simplified());
    if (record.disturbed.value_or(false)) verdict += tr(" · disturbed: %1").arg(disturbedText(record));
    if (const QString starved = starvedText(record); !starved.isEmpty()) verdict += tr(" · client starved: %1").arg(starved);
    m_verdict->setText(verdict);
    m_verdict->setVisible(true);
    const bool failed = record.outcome != Outcome::Ok && !record.fail_reason.empty();
    m_trouble->setText(failed ? shownText(firstBytes(record.fail_reason, 1'000)) : QString());
    m_trouble->setVisible(failed);
}

void TurnInspector::showNumbers(const TurnRecord& record) {
    const auto rows = numberRows(record);
    m_numbers->setRowCount(int(rows.size()));
    for (int i = 0; i < int(rows.size()); ++i) {
        const NumberRow& row = rows[std::size_t(i)];
        const auto put = [&](int column, const QString& text) {
            auto* item = new QTableWidgetItem(text);
            item->setToolTip(row.meaning);
            if (column > 0) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            m_numbers->setItem(i, column, item);
        };
        put(0, row.what);
        put(1, row.ours);
        put(2, row.theirs);
    }
}

void TurnInspector::read() {
    if (m_row < 0) return;
    m_feed.wantLaws();
    showLaws();
    const RecordStore& store = m_feed.store();
    const TurnRecord& record = store.turns()[std::size_t(m_row)];
    auto kind = TargetKind::LlamaServer;
    if (store.plan())
        for (const Target& target : store.plan()->targets)
            if (target.id == record.target) kind = target.kind;
    m_slow.start();
    m_reading.run(
        [&files = m_files, folder = m_feed.folder(), where = turnPlace(store, std::size_t(m_row)), pack = pack(), kind,
         ended = store.ended()] {
            return Told{tellTurn(files, folder, where, pack), rereadPage(files, folder, where.turn.record, kind, ended)};
        },
        [this](Told told) { tell(std::move(told)); });
}

void TurnInspector::sayReading() {
    const QString words = tr("Reading the journal…");
    for (PlainPage* page : {m_reply, m_prompt, m_reread}) page->show(words);
}

void TurnInspector::tell(Told told) {
    m_slow.stop();
    m_toldRow = m_row;
    m_explained = std::move(told.explained);
    showReread();
    if (!told.story) {
        m_story = {};
        m_trouble->setText(QString::fromStdString(told.story.error().text()));
        m_trouble->setVisible(true);
        m_reply->clear();
        m_prompt->clear();
        return;
    }
    m_story = told.story.take();
    showReply();
    showPrompt();
}

void TurnInspector::showReply() {
    if (m_row < 0 || m_toldRow != m_row) return; // it comes
    const TurnRecord& record = m_feed.store().turns()[std::size_t(m_row)];
    const bool comparable = !m_story.expected.empty() && record.outcome == Outcome::Ok;
    // The right content in the wrong wrapping has no line that differs: the reply itself shows what is wrong.
    const bool onlyWrapping = comparable && !passed(record) && m_story.judged == m_story.expected;
    m_raw->setEnabled(comparable && !onlyWrapping);
    if (!m_raw->isChecked() && comparable && !onlyWrapping) {
        m_reply->showDiff(diffLines(m_story.expected, firstBytes(m_story.judged, std::size_t(kMostShown))));
        return;
    }
    QString text;
    if (onlyWrapping) text += tr("── the content is right, its wrapping is not: as it was said ──\n");
    if (!m_story.reasoning.empty()) text += tr("── reasoning ──\n") + shownText(m_story.reasoning) + tr("\n── reply ──\n");
    text += m_story.reply.empty() ? tr("(no output)") : shownText(m_story.reply);
    for (const std::string& warning : m_story.warnings) text += tr("\n── warning ──\n") + shownText(warning);
    m_reply->show(text);
}

bool TurnInspector::lawsKnowTheTurn() const {
    return m_feed.laws() && m_row >= 0 && std::size_t(m_row) < m_feed.laws()->of.first;
}

void TurnInspector::showLaws() {
    if (m_row < 0) return;
    if (!lawsKnowTheTurn()) m_feed.wantLaws();
    showSplit();
    if (m_toldRow == m_row) showReread();
}

void TurnInspector::showReread() {
    QString text = m_explained;
    if (lawsKnowTheTurn()) {
        const CacheEstimates& estimates = m_feed.laws()->estimates;
        const TurnRecord& record = m_feed.store().turns()[std::size_t(m_row)];
        const QString estimate = estimateWords(record, estimates, estimates.turns[std::size_t(m_row)]);
        if (!estimate.isEmpty()) text += QStringLiteral("\n\n") + estimate;
    }
    m_reread->show(text);
}

void TurnInspector::showSplit() {
    if (!lawsKnowTheTurn()) return m_splitPage->show(tr("The parts are being worked out…"));
    const TurnRecord& record = m_feed.store().turns()[std::size_t(m_row)];
    const TaxSplit& split = m_feed.laws()->split;
    m_splitPage->show(splitWords(record, split.turns[std::size_t(m_row)], split.target(record.target)));
}

void TurnInspector::showPrompt() {
    QString text;
    if (m_story.prompt.empty()) text = tr("The prompt cannot be shown: %1").arg(QString::fromStdString(m_story.prompt_note));
    else if (m_story.prompt_exact) text = tr("── as it was sent: its check sum is the journal's ──");
    else text = tr("── made again, not certain: %1 ──").arg(QString::fromStdString(m_story.prompt_note));
    for (const Message& message : m_story.prompt)
        text += QStringLiteral("\n\n[%1]\n").arg(shownText(message.role)) + shownText(message.content);
    m_prompt->show(text);
}

} // namespace looptax
