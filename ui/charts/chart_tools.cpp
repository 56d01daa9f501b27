#include "ui/charts/chart_tools.h"

#include "ui/widgets/flow_layout.h"

#include <QCheckBox>
#include <QComboBox>
#include <QSignalBlocker>

#include <algorithm>
#include <utility>
#include <vector>

namespace looptax {

namespace {

using Entries = std::vector<std::pair<QString, int>>; // text and data

void fill(QComboBox& box, const Entries& entries, int chosen) {
    const QSignalBlocker quiet(&box);
    bool same = box.count() == int(entries.size());
    for (int i = 0; same && i < box.count(); ++i)
        same = box.itemText(i) == entries[std::size_t(i)].first && box.itemData(i).toInt() == entries[std::size_t(i)].second;
    if (!same) { // an open list must not jump under the mouse while a sweep runs
        box.clear();
        for (const auto& [text, value] : entries) box.addItem(text, value);
    }
    box.setCurrentIndex(std::max(0, box.findData(chosen)));
    box.setVisible(entries.size() > 1);
}

void check(QCheckBox& box, bool on) {
    const QSignalBlocker quiet(&box);
    box.setChecked(on);
}

Entries alongs(ChartKind kind, const ChartSource& source) {
    Entries along{{QStringLiteral("by turn"), int(ChartX::Turn)}};
    if (hasBars(kind)) return along;
    along.emplace_back(QStringLiteral("by processed"), int(ChartX::ProcessedTokens));
    if (kind == ChartKind::Ttft) along.emplace_back(QStringLiteral("by context"), int(ChartX::ContextTokens));
    if (hasPadding(source)) along.emplace_back(QStringLiteral("by padding"), int(ChartX::Padding));
    return along;
}

Entries targetsOf(const ChartSource& source) {
    Entries targets{{QStringLiteral("all targets"), -1}};
    for (std::size_t i = 0; i < source.targets.size(); ++i)
        targets.emplace_back(QString::fromStdString(source.targets[i].id), int(i));
    return source.targets.size() > 1 ? targets : Entries{};
}

Entries modesOf(const ChartSource& source) {
    Entries modes;
    for (const CacheMode mode : source.cache_modes)
        modes.emplace_back(QStringLiteral("cache ") + QString::fromStdString(std::string(name(mode))), int(mode));
    return modes;
}

} // namespace

ChartTools::ChartTools(ChartKind kind, QWidget* parent) : QWidget(parent), m_kind(kind) {
    auto* flow = new FlowLayout(this, 8, 2);
    flow->setContentsMargins(8, 0, 8, 0);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);

    m_x = addCombo(QStringLiteral("along"), QStringLiteral("Horizontal axis"),
                   QStringLiteral("What lies along the chart: turns, the tokens the runtime processed, the "
                                  "tokens of the context, or the padding (turn 1 alone)"));
    m_tokens = addCombo(QStringLiteral("tokens"), QStringLiteral("How context tokens are counted"),
                        QStringLiteral("The estimate is characters / 4, as in the published study; the "
                                       "runtime's own count is exact, where it gives one"));
    m_target = addCombo(QStringLiteral("target"), QStringLiteral("Target"), QStringLiteral("Which runtime is shown"));
    m_mode = addCombo(QStringLiteral("mode"), QStringLiteral("Cache mode"), QStringLiteral("Which cache mode is shown"));
    m_log = addCheck(QStringLiteral("log"), QStringLiteral("Log"), QStringLiteral("The vertical axis in powers of ten"));
    m_published = addCheck(QStringLiteral("published"), QStringLiteral("Published"),
                           QStringLiteral("The published values, dotted: from another machine and another model"));
}

QComboBox* ChartTools::addCombo(const QString& objectName, const QString& name, const QString& tip) {
    auto* box = new QComboBox(this);
    box->setObjectName(objectName);
    box->setAccessibleName(name);
    box->setToolTip(tip);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    layout()->addWidget(box);
    connect(box, &QComboBox::currentIndexChanged, this, &ChartTools::changed);
    return box;
}

QCheckBox* ChartTools::addCheck(const QString& objectName, const QString& text, const QString& tip) {
    auto* box = new QCheckBox(text, this);
    box->setObjectName(objectName);
    box->setToolTip(tip);
    layout()->addWidget(box);
    connect(box, &QCheckBox::toggled, this, &ChartTools::changed);
    return box;
}

void ChartTools::show(const ChartSource& source, const ChartRequest& request) {
    const bool bars = hasBars(m_kind);
    const bool counts = m_kind == ChartKind::Context || request.x == ChartX::ContextTokens;
    fill(*m_x, alongs(m_kind, source), int(request.x));
    fill(*m_tokens, {{QStringLiteral("estimate"), 0}, {QStringLiteral("runtime's count"), 1}}, int(request.prompt_tokens));
    fill(*m_target, targetsOf(source), request.target ? int(*request.target) : -1);
    fill(*m_mode, modesOf(source), int(request.mode));
    m_tokens->setVisible(counts);
    check(*m_log, request.log_y);
    check(*m_published, request.published);
    m_log->setVisible(!bars);
    m_published->setVisible(!bars);
}

ChartRequest ChartTools::chosen(const ChartRequest& request) const {
    ChartRequest now = request;
    now.x = ChartX(m_x->currentData().toInt());
    now.prompt_tokens = m_tokens->currentData().toInt() == 1;
    now.log_y = m_log->isChecked();
    now.published = m_published->isChecked();
    now.target.reset();
    if (m_target->count() > 0 && m_target->currentData().toInt() >= 0) now.target = std::size_t(m_target->currentData().toInt());
    if (m_mode->count() > 0) now.mode = CacheMode(m_mode->currentData().toInt());
    return now;
}

void ChartTools::setPublished(bool shown) { m_published->setChecked(shown); }

} // namespace looptax
