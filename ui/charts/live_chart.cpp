#include "ui/charts/live_chart.h"

#include "chart/chart_family.h"
#include "ui/charts/chart_canvas.h"
#include "ui/charts/chart_legend.h"
#include "ui/charts/chart_tools.h"
#include "ui/style/text.h"

#include <QEvent>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {

constexpr const char* kPublishedKey = "published";
constexpr const char* kRunningKey = "running";
constexpr const char* kDisturbedKey = "disturbed"; // of all curves together
constexpr std::size_t kMostSpoken = 40;            // points of a curve that a screen reader is given

std::string idOf(const Curve& curve) {
    if (curve.look.published) return kPublishedKey;
    if (curve.look.disturbed) return kDisturbedKey;
    return curve.look.running ? std::string(kRunningKey) : curve.name;
}

} // namespace

LiveChart::LiveChart(ChartKind kind, QWidget* parent) : QWidget(parent) {
    m_request.kind = kind;
    m_request.running = true;
    setBackgroundRole(QPalette::Base); // the colours of the curves keep their contrast on nothing else
    setAutoFillBackground(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 4, 0, 0);
    column->setSpacing(2);
    m_tools = new ChartTools(kind, this);
    column->addWidget(m_tools);
    m_canvas = new ChartCanvas(this);
    m_canvas->setObjectName(QStringLiteral("canvas"));
    m_legend = new ChartLegend(this);
    column->addWidget(m_canvas, 1);
    column->addWidget(m_legend);
    m_note = new QLabel(this);
    m_note->setFont(uiFont(11));
    m_note->setContentsMargins(8, 0, 8, 4);
    m_note->setWordWrap(true);
    m_note->setTextFormat(Qt::PlainText);
    m_note->setForegroundRole(QPalette::PlaceholderText);
    column->addWidget(m_note);
    connect(m_tools, &ChartTools::changed, this, &LiveChart::changed);
    connect(m_canvas, &ChartCanvas::pointActivated, this, &LiveChart::turnSelected);
    connect(m_canvas, &ChartCanvas::pointChanged, this, &LiveChart::describeCanvas);
    connect(m_legend, &ChartLegend::toggled, this, [this](const QString& id, bool shown) { toggle(id.toStdString(), shown); });
    rebuild();
}

// A canvas that loses the focus while it is destroyed still says that its point went.
LiveChart::~LiveChart() { m_canvas->disconnect(this); }

QString LiveChart::title() const {
    const bool simulated = m_chart.title.find("(simulated)") != std::string::npos;
    const QString mark = simulated ? QStringLiteral(" (simulated)") : QString();
    switch (m_request.kind) {
    case ChartKind::Ttft: return QStringLiteral("Time to first token") + mark;
    case ChartKind::Context: return QStringLiteral("Context tokens") + mark;
    case ChartKind::CachedProcessed: return QStringLiteral("Cached and processed") + mark;
    case ChartKind::TtftSplit: return QStringLiteral("TTFT, split") + mark;
    }
    return {};
}

void LiveChart::setSource(const ChartSource& source, bool anotherSession) {
    m_source = &source;
    if (anotherSession) {
        m_axes.reset();
        m_request.target.reset();
        m_canvas->resetZoom();
    }
    const auto& modes = source.cache_modes;
    if (!modes.empty() && std::find(modes.begin(), modes.end(), m_request.mode) == modes.end()) m_request.mode = modes.front();
    rebuild();
}

void LiveChart::setFamily(CacheMode mode, std::optional<std::size_t> target) {
    if (mode == m_request.mode && target == m_request.target) return;
    m_request.mode = mode;
    m_request.target = target;
    m_axes.reset();
    rebuild();
}

void LiveChart::changed() {
    const ChartRequest before = m_request;
    m_request = m_tools->chosen(before);
    if (m_request == before) return;
    ChartRequest overlay = before;
    overlay.published = m_request.published;
    if (!(overlay == m_request)) { // other axes: a part of the old ones means nothing on them
        m_axes.reset();
        m_canvas->resetZoom();
    }
    rebuild();
    if (m_request.mode != before.mode || m_request.target != before.target)
        Q_EMIT familyChanged(m_request.mode, m_request.target);
}

void LiveChart::toggle(const std::string& id, bool shown) {
    if (id == kPublishedKey) return m_tools->setPublished(shown);
    if (shown) m_hidden.erase(id);
    else m_hidden.insert(id);
    m_axes.reset(); // what is left fills the chart
    rebuild();
}

Chart LiveChart::visibleChart() const {
    Chart chart = m_chart;
    for (ChartPanel& panel : chart.panels) {
        std::erase_if(panel.curves, [&](const Curve& curve) {
            return curve.look.published ? !m_request.published : m_hidden.count(idOf(curve)) > 0;
        });
        if (m_hidden.count(kRunningKey) > 0) std::erase_if(panel.bars, [](const StackedBar& bar) { return bar.running; });
        panel.hidden_parts = m_hidden;
    }
    return chart;
}

void LiveChart::rebuild() {
    static const ChartSource kNothing;
    const ChartSource& source = m_source ? *m_source : kNothing;
    if (m_request.x == ChartX::Padding && !hasPadding(source)) m_request.x = ChartX::Turn;
    // Here and not in setSource(): who keeps the source may have emptied it since.
    if (m_request.target && *m_request.target >= source.targets.size()) m_request.target.reset();
    m_tools->show(source, m_request);
    ChartRequest request = m_request;
    request.published = true; // its legend entry stays where it is switched off
    m_chart = chartOf(source, request);
    const Chart visible = visibleChart();
    m_axes = source.live ? growingAxes(visible, source.planned_turns, m_axes) : axesFor(visible);
    m_canvas->show(visible, *m_axes, emptyWords());
    ++m_updates;
    showLegend();
    describeCanvas();
}

void LiveChart::showLegend() {
    const Theme colours = theme(themeKindOf(palette()));
    std::vector<LegendEntry> entries;
    const auto add = [&](LegendEntry entry) {
        const auto same = [&](const LegendEntry& other) { return other.id == entry.id; };
        if (std::none_of(entries.begin(), entries.end(), same)) entries.push_back(std::move(entry));
    };
    std::optional<LegendEntry> published, running, disturbed;
    for (const ChartPanel& panel : m_chart.panels)
        for (const Curve& curve : panel.curves) {
            LegendEntry entry;
            entry.id = idOf(curve);
            entry.text = curve.brief;
            entry.terse = curve.terse;
            entry.full = curve.label;
            entry.style = curveStyle(colours, curve.look);
            entry.checked = m_hidden.count(entry.id) == 0;
            entry.style.joined = curve.joined;
            const auto spread = [](const CurvePoint& p) { return p.low && p.high && *p.low < *p.high; };
            if (curve.whiskers || std::none_of(curve.points.begin(), curve.points.end(), spread)) entry.style.band_alpha = 0;
            if (curve.look.published) {
                // One entry for all: hue and marker already say which design it is.
                entry.style.colour = colours.faint_text;
                entry.style.marker = Marker::Circle;
                entry.checked = m_request.published;
                published = std::move(entry);
            } else if (curve.look.disturbed) {
                disturbed = std::move(entry);
            } else if (curve.look.running) {
                running = std::move(entry);
            } else {
                add(std::move(entry));
            }
        }
    const std::vector<BarPart>& parts = barPartsOf(m_chart);
    const auto box = [&](const std::string& id, const std::string& terse, const std::string& text, const std::string& full,
                         const QColor& colour) {
        LegendEntry entry{id, text, terse, full, {}, true, m_hidden.count(id) == 0};
        entry.style.colour = colour;
        add(std::move(entry));
    };
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) // in the order of the bars, from above
        box(part->id, part->terse, part->words, part->words, toneColour(colours, part->tone, colours.faint_text));
    if (!parts.empty() && !m_chart.running_key.empty())
        box(kRunningKey, m_source && m_source->live ? "now" : "cut short", m_chart.running_brief, m_chart.running_key,
            colours.text);
    if (published) add(std::move(*published));
    if (running) add(std::move(*running));
    if (disturbed) add(std::move(*disturbed));
    m_legend->show(entries);

    QStringList notes;
    for (const std::string& note : m_chart.notes) notes << text(note);
    m_note->setVisible(!m_chart.panels.empty() && !notes.isEmpty());
    if (!notes.isEmpty()) m_note->setText(notes.front());
    m_note->setToolTip(notes.join(QLatin1Char('\n')));
}

void LiveChart::describeCanvas() {
    const QString point = m_canvas->pointWords();
    m_canvas->setAccessibleName(text(m_chart.title) + (point.isEmpty() ? QString() : QStringLiteral(". ") + point));
    const bool nothing = m_chart.panels.empty();
    QString said = nothing ? emptyWords() : text(describe(m_canvas->chart(), kMostSpoken));
    for (const std::string& note : m_chart.notes)
        if (!nothing) said += QLatin1Char('\n') + text(note);
    if (m_canvas->accessibleDescription() != said) m_canvas->setAccessibleDescription(said);
}

QString LiveChart::emptyWords() const {
    const bool session = m_source && !m_source->targets.empty();
    const bool any = session && std::any_of(m_source->curves.begin(), m_source->curves.end(),
                                            [](const SourceCurve& c) { return !c.turns.empty(); });
    QString what;
    switch (m_request.kind) {
    case ChartKind::Ttft: what = QStringLiteral("The time to the first token of each turn will appear here"); break;
    case ChartKind::Context: what = QStringLiteral("The context of each turn, in tokens, will appear here"); break;
    case ChartKind::CachedProcessed:
        what = QStringLiteral("The prompt tokens of each turn will appear here, cached and processed apart");
        break;
    case ChartKind::TtftSplit:
        what = QStringLiteral("What the time to the first token is made of, re-reading, the new message, attention "
                              "and what lies outside the model, will appear here");
        break;
    }
    if (!session) return what + QStringLiteral(": start a sweep, or open a session.");
    if (m_request.kind == ChartKind::Ttft) {
        const ChartFamily family = familyOf(*m_source, m_request.mode, m_request.target);
        const std::string note = streamNote(family, runningOf(family, m_request));
        const bool timed = std::any_of(family.curves.begin(), family.curves.end(), [](const SourceCurve* curve) {
            return std::any_of(curve->turns.begin(), curve->turns.end(),
                               [](const SourceTurn& turn) { return turn.ttft_ms.has_value(); });
        });
        if (!timed && !note.empty()) return QStringLiteral("Nothing to draw. ") + text(note);
    }
    if (!any) return what + QStringLiteral(" as soon as the first turn is done.");
    if (m_request.kind == ChartKind::TtftSplit) {
        for (std::size_t i = 0; i < m_source->targets.size(); ++i)
            if (const SourceTarget& target = m_source->targets[i];
                (!m_request.target || *m_request.target == i) && !target.why_no_law.empty())
                return QStringLiteral("Nothing to draw: the parts cannot be told apart on %1: %2.")
                    .arg(text(target.id), text(target.why_no_law));
        return QStringLiteral("Nothing to draw yet: the parts are told apart when runs of two blocks are complete.");
    }
    if (m_request.kind == ChartKind::CachedProcessed || m_request.x == ChartX::ProcessedTokens)
        return QStringLiteral("Nothing to draw: the runtime does not say which prompt tokens it reused and "
                              "which it processed.");
    if (m_request.x == ChartX::Padding) return QStringLiteral("No run of a padded design is complete yet.");
    return QStringLiteral("Nothing to draw for this choice: no complete run of it has the numbers.");
}

void LiveChart::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_legend) showLegend();
}

} // namespace looptax
