// The plans to start from, and plan files.
#pragma once

#include "domain/plan.h"

#include <QWidget>

#include <string>
#include <vector>

class QPushButton;

namespace looptax {

class PresetBar : public QWidget {
    Q_OBJECT
public:
    explicit PresetBar(QWidget* parent);

    void present(const Plan& plan); // ticks the preset that this plan is, whatever its targets and name

Q_SIGNALS:
    void presetWanted(const std::string& name);
    void loadWanted();
    void saveWanted();

private:
    std::vector<std::pair<std::string, QPushButton*>> m_presets;
};

QString presetTip(const std::string& name); // what it is, with its numbers

} // namespace looptax
