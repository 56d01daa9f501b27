// How the charts are to be written: formats, size, palette. Opened beside the window, never blocking it.
#pragma once

#include "ui/window/window_settings.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace looptax {

class ElidedLabel;

class ExportDialog : public QDialog {
    Q_OBJECT
public:
    // folder: where the pictures go unless another one is chosen.
    ExportDialog(const WindowSettings& settings, const QString& folder, QWidget* parent = nullptr);

    WindowSettings settings() const; // as chosen; the rest as given
    const QString& folder() const { return m_folder; }

Q_SIGNALS:
    void wanted(); // read settings() and folder()

private:
    void check();
    void chooseFolder();

    WindowSettings m_settings;
    QString m_folder;
    QCheckBox* m_svg;
    QCheckBox* m_pdf;
    QCheckBox* m_png;
    QSpinBox* m_width;
    QSpinBox* m_height;
    QComboBox* m_palette;
    ElidedLabel* m_where;
    QLabel* m_problem;
    QPushButton* m_go;
};

} // namespace looptax
