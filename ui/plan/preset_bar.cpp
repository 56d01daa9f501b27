#include "ui/plan/preset_bar.h"

#include "domain/presets.h"
#include "ui/widgets/field_text.h"
#include "ui/widgets/panel_look.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

namespace looptax {

PresetBar::PresetBar(QWidget* parent) : QWidget(parent) {
    auto* presets = new QHBoxLayout;
    presets->setSpacing(4);
    for (std::string_view known : presetNames()) {
        const std::string preset(known);
        QString words = text(preset);
        words[0] = words[0].toUpper();
        auto* button = new QPushButton(words, this);
        button->setCheckable(true);
        button->setAutoDefault(false);
        button->setToolTip(presetTip(preset));
        button->setAccessibleName(QStringLiteral("Preset ") + words);
        presets->addWidget(button, 1);
        connect(button, &QPushButton::clicked, this, [this, button, preset] {
            button->setChecked(true); // pressed again it is not taken back
            Q_EMIT presetWanted(preset);
        });
        m_presets.emplace_back(preset, button);
    }
    auto* load = new QPushButton(QStringLiteral("L&oad plan …"), this);
    auto* save = new QPushButton(QStringLiteral("Save pla&n …"), this);
    load->setToolTip(QStringLiteral("A plan file, of this window or of the command line"));
    save->setToolTip(QStringLiteral("Into a file that this window and looptax run take"));
    save->setProperty(kStaysEnabled, true);
    auto* files = new QHBoxLayout;
    files->setSpacing(4);
    for (QPushButton* button : {load, save}) {
        button->setAutoDefault(false);
        files->addWidget(button, 1);
    }
    connect(load, &QPushButton::clicked, this, &PresetBar::loadWanted);
    connect(save, &QPushButton::clicked, this, &PresetBar::saveWanted);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(presets);
    column->addLayout(files);
}

void PresetBar::present(const Plan& plan) {
    for (const auto& [preset, button] : m_presets) {
        auto like = presetPlan(preset, plan.targets);
        if (!like) continue;
        like->name = plan.name;
        button->setChecked(*like == plan);
    }
}

QString presetTip(const std::string& preset) {
    const auto plan = presetPlan(preset, {});
    if (!plan) return {};
    QStringList designs;
    for (const CellGroup& group : plan->cells) designs << text(group.design) + QLatin1Char(' ') + numbersText(group.turns);
    QString tip =
        QStringLiteral("Lengths by design: %1. %2")
            .arg(designs.join(QStringLiteral("; ")),
                 plan->repeats == 1 ? QStringLiteral("One run of each.") : QStringLiteral("%1 repeats.").arg(plan->repeats));
    QStringList modes;
    for (CacheMode mode : plan->cache_modes) modes << text(std::string(name(mode)));
    tip += QStringLiteral(" Cache: %1. After a bad turn: %2.")
               .arg(modes.join(QStringLiteral(", ")), text(std::string(name(plan->on_bad_turn))));
    return tip + QStringLiteral(" The targets stay.");
}

} // namespace looptax
