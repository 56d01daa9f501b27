#include "ui/verdicts/verdict_board.h"

#include "ui/model/rules_words.h"
#include "ui/style/text.h"
#include "ui/verdicts/verdict_page.h"
#include "ui/verdicts/verdict_table_model.h"
#include "ui/verdicts/verdict_words.h"
#include "ui/widgets/notice_line.h"
#include "ui/widgets/tone_label.h"

#include <QHeaderView>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {

constexpr int kSecond = 1'000;
// px at 1x: what may be cut where there is little room, because the page says it whole
constexpr int kLeastStatement = 140;
constexpr int kMostTarget = 130;
constexpr int kLeastRemarks = 110;

} // namespace

VerdictBoard::VerdictBoard(const SessionFeed& feed, QWidget* parent)
    : QWidget(parent)
    , m_feed(feed)
    , m_top(new QScrollArea(this))
    , m_notice(new NoticeLine(QStringLiteral("Verdicts"), m_top))
    , m_model(new VerdictTableModel(this))
    , m_view(new QTableView(this))
    , m_rules(new ToneLabel(Tone::Faint, {}, this))
    , m_page(new VerdictPage(this))
    , m_splitter(new QSplitter(Qt::Vertical, this)) {
    m_top->setWidgetResizable(true);
    m_top->setFrameShape(QFrame::NoFrame);
    m_top->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_top->setAccessibleName(QStringLiteral("What stands above the verdicts"));
    m_top->setWidget(m_notice);
    buildView();
    auto* upper = new QWidget(this);
    auto* rows = new QVBoxLayout(upper);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(4);
    rows->addWidget(m_view, 1);
    m_rules->setContentsMargins(8, 0, 8, 4);
    rows->addWidget(m_rules);
    m_splitter->addWidget(upper);
    m_splitter->addWidget(m_page);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setChildrenCollapsible(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_top);
    column->addWidget(m_splitter, 1);
    column->addStretch(0); // where there are no rows the words stay on top
    m_count.setSingleShot(true);
    m_count.setInterval(kSecond);
    connect(&m_count, &QTimer::timeout, this, [this] {
        if (m_feed.live()) refreshTop();
    });
    connect(&feed, &SessionFeed::sessionReset, this, &VerdictBoard::refresh);
    connect(&feed, &SessionFeed::analysisChanged, this, &VerdictBoard::refresh);
    connect(&feed, &SessionFeed::liveChanged, this, &VerdictBoard::refresh);
    connect(&feed, &SessionFeed::linesApplied, this, &VerdictBoard::countLater); // a run may have ended
    refresh();
}

void VerdictBoard::buildView() {
    m_view->setModel(m_model);
    m_view->setAccessibleName(QStringLiteral("Verdicts"));
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setAlternatingRowColors(true);
    m_view->setWordWrap(false);
    m_view->setShowGrid(false);
    m_view->setTabKeyNavigation(false);
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->verticalHeader()->setVisible(false);
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->horizontalHeader()->setSectionsClickable(false);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &VerdictBoard::showChosen);
}

void VerdictBoard::setAmendable(bool amendable) {
    if (m_amendable == amendable) return;
    m_amendable = amendable;
    refreshTop();
}

void VerdictBoard::select(const std::string& id) {
    const auto& verdicts = m_model->verdicts();
    const auto found = std::find_if(verdicts.begin(), verdicts.end(), [&](const Verdict& v) { return v.id == id; });
    if (found != verdicts.end()) m_view->selectRow(int(found - verdicts.begin()));
}

QString VerdictBoard::headline() const { return m_notice->text(); }

void VerdictBoard::refresh() {
    const int row = m_view->currentIndex().row();
    const bool chosen = row >= 0 && std::size_t(row) < m_model->verdicts().size();
    const std::string target = chosen ? m_model->verdicts()[std::size_t(row)].target : std::string();
    const std::string id = chosen ? m_model->verdicts()[std::size_t(row)].id : std::string();
    const auto& analysis = m_feed.analysis();
    m_model->setVerdicts(analysis ? analysis->verdicts : std::vector<Verdict>());
    m_rules->setText(analysis ? rulesWords(analysis->rules) : QString());
    m_rules->setVisible(analysis.has_value());
    const auto& verdicts = m_model->verdicts();
    m_splitter->setVisible(!verdicts.empty());
    fitColumns();
    const auto same =
        std::find_if(verdicts.begin(), verdicts.end(), [&](const Verdict& v) { return v.target == target && v.id == id; });
    if (!verdicts.empty()) m_view->selectRow(same == verdicts.end() ? 0 : int(same - verdicts.begin()));
    showChosen();
    refreshTop();
}

void VerdictBoard::refreshTop() {
    QStringList sentences;
    std::vector<NoticeLine::Button> buttons;
    auto kind = NoticeLine::Kind::Info;
    const auto& analysis = m_feed.analysis();
    if (m_feed.folder().empty()) {
        sentences << QStringLiteral("No session is on screen: the verdicts of a sweep stand here when it has ended, "
                                    "those of an old session when it is opened.");
    } else if (m_feed.live()) {
        sentences << collecting();
    } else if (!analysis) {
        sentences << (m_feed.store().plan() ? QStringLiteral("The verdicts are being worked out.")
                                            : QStringLiteral("No verdict: this session has no plan to judge by."));
    } else {
        sentences << judged(*analysis);
        if (!analysis->headline.empty() || !analysis->cautions.empty()) kind = NoticeLine::Kind::Trouble;
        if (m_amendable && analysis->add_repeats > 0)
            buttons.push_back({addRepeatsText(analysis->add_repeats),
                               [this, more = analysis->add_repeats] { Q_EMIT addRepeats(more); },
                               QStringLiteral("Amends the plan of this session and goes on with it; every verdict then "
                                              "says that it was changed after data")});
    }
    m_notice->say(kind, sentences, std::move(buttons));
    fitTop();
}

QStringList VerdictBoard::judged(const Analysis& analysis) const {
    QStringList sentences;
    if (!analysis.headline.empty()) sentences << sentence(cleanText(analysis.headline));
    // A session that was cut short, or that another process writes: of a target whose runs are all made there may be
    // verdicts all the same.
    const auto open = std::count_if(analysis.verdicts.begin(), analysis.verdicts.end(),
                                    [](const Verdict& v) { return v.kind == VerdictKind::StillCollecting; });
    if (open > 0) sentences << collecting();
    if (open < std::ptrdiff_t(analysis.verdicts.size())) sentences << boardCounts(analysis);
    else if (sentences.isEmpty()) sentences << QStringLiteral("No verdict: the plan names no hypothesis.");
    for (const Caution& caution : analysis.cautions) sentences << cleanText(caution.text); // may begin with a target's name
    return sentences;
}

QString VerdictBoard::collecting() const {
    const auto& schedule = m_feed.store().schedule();
    const auto made = std::count_if(schedule.begin(), schedule.end(), [this](const ScheduledRun& run) {
        const RunView* last = m_feed.store().lastAttempt(run.run);
        const auto outcome = last != nullptr ? last->outcome : std::nullopt;
        return outcome == RunOutcome::Complete || outcome == RunOutcome::Stopped || outcome == RunOutcome::Failed;
    });
    return QStringLiteral("Still collecting: %1 of %2 runs are made. No verdict is announced before the planned runs "
                          "are.")
        .arg(made)
        .arg(schedule.size());
}

void VerdictBoard::countLater() {
    if (m_feed.live() && isVisible() && !m_count.isActive()) m_count.start();
}

void VerdictBoard::showChosen() {
    const int row = m_view->currentIndex().row();
    const auto& verdicts = m_model->verdicts();
    const auto& analysis = m_feed.analysis();
    m_page->show(row >= 0 && std::size_t(row) < verdicts.size() && analysis
                     ? verdictParagraphs(verdicts[std::size_t(row)], analysis->rules.alpha)
                     : std::vector<VerdictParagraph>());
}

// A dozen rows: measuring them all costs nothing. The statement takes what is left; it is whole on the page.
void VerdictBoard::fitColumns() {
    m_view->setColumnHidden(int(VerdictColumn::Target), !m_model->severalTargets());
    for (const VerdictColumn column : {VerdictColumn::Effect, VerdictColumn::Interval, VerdictColumn::P, VerdictColumn::PAdjusted,
                                       VerdictColumn::Number, VerdictColumn::Remarks})
        m_view->setColumnHidden(int(column), !m_model->has(column));
    m_view->resizeColumnsToContents();
    const auto width = [this](VerdictColumn column) {
        return m_view->isColumnHidden(int(column)) ? 0 : m_view->columnWidth(int(column));
    };
    const auto cut = [&](VerdictColumn column, int most) {
        if (width(column) > most) m_view->setColumnWidth(int(column), most);
    };
    cut(VerdictColumn::Target, kMostTarget);
    int others = 0;
    for (int column = 0; column < kVerdictColumns; ++column)
        if (column != int(VerdictColumn::Statement) && column != int(VerdictColumn::Remarks))
            others += width(VerdictColumn(column));
    const int room = m_view->viewport()->width() - others;
    cut(VerdictColumn::Remarks, std::max(kLeastRemarks, room - kLeastStatement));
    m_view->setColumnWidth(int(VerdictColumn::Statement), std::max(kLeastStatement, room - width(VerdictColumn::Remarks)));
}

// As high as its text, but never more than a third: the verdicts are what the page is for.
void VerdictBoard::fitTop() {
    if (width() <= 0) return;
    const int wanted = m_notice->heightForWidth(width());
    const int most = std::max(60, height() / 3);
    m_top->setFixedHeight(std::clamp(wanted, fontMetrics().height() + 12, most));
    m_top->setFocusPolicy(wanted > most ? Qt::StrongFocus : Qt::NoFocus); // to scroll it by keys
}

void VerdictBoard::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitTop();
    fitColumns();
}

void VerdictBoard::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    refreshTop();
    fitColumns();
}

} // namespace looptax
