#include "ui/window/export_dialog.h"

#include "ui/widgets/elided_label.h"
#include "ui/widgets/panel_look.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>

namespace looptax {

ExportDialog::ExportDialog(const WindowSettings& settings, const QString& folder, QWidget* parent)
    : QDialog(parent)
    , m_settings(settings)
    , m_folder(folder)
    , m_svg(new QCheckBox(QStringLiteral("S&VG"), this))
    , m_pdf(new QCheckBox(QStringLiteral("P&DF"), this))
    , m_png(new QCheckBox(QStringLiteral("P&NG"), this))
    , m_width(new QSpinBox(this))
    , m_height(new QSpinBox(this))
    , m_palette(new QComboBox(this))
    , m_where(new ElidedLabel(Qt::ElideMiddle, this))
    , m_problem(new QLabel(this)) {
    setWindowTitle(QStringLiteral("Export charts"));
    m_svg->setChecked(settings.export_svg);
    m_pdf->setChecked(settings.export_pdf);
    m_png->setChecked(settings.export_png);
    for (QSpinBox* box : {m_width, m_height}) {
        box->setRange(box == m_width ? 480 : 320, 8000);
        box->setSuffix(QStringLiteral(" px"));
        box->setSingleStep(20);
    }
    m_width->setValue(settings.export_width);
    m_height->setValue(settings.export_height);
    nameControl(m_width, QStringLiteral("Width in pixels"));
    nameControl(m_height, QStringLiteral("Height in pixels"));
    m_palette->addItems({QStringLiteral("Light, coloured"), QStringLiteral("Print, black on white")});
    m_palette->setCurrentIndex(settings.export_print ? 1 : 0);
    m_where->setText(folder);
    m_problem->setTextFormat(Qt::PlainText);

    auto* formats = new QHBoxLayout;
    for (QCheckBox* box : {m_svg, m_pdf, m_png}) {
        formats->addWidget(box);
        connect(box, &QCheckBox::toggled, this, &ExportDialog::check);
    }
    formats->addStretch();
    auto* another = new QPushButton(QStringLiteral("&Another folder…"), this);
    connect(another, &QPushButton::clicked, this, &ExportDialog::chooseFolder);
    auto* where = new QHBoxLayout;
    where->addWidget(m_where, 1);
    where->addWidget(another);

    auto* form = new QFormLayout(this);
    form->addRow(QStringLiteral("Formats"), formats);
    form->addRow(QStringLiteral("&Width"), m_width);
    form->addRow(QStringLiteral("&Height"), m_height);
    form->addRow(QStringLiteral("&Palette"), m_palette);
    form->addRow(QStringLiteral("Folder"), where);
    form->addRow(m_problem);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_go = buttons->addButton(QStringLiteral("&Export"), QDialogButtonBox::AcceptRole);
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        accept();
        Q_EMIT wanted();
    });
    check();
}

WindowSettings ExportDialog::settings() const {
    WindowSettings out = m_settings;
    out.export_svg = m_svg->isChecked();
    out.export_pdf = m_pdf->isChecked();
    out.export_png = m_png->isChecked();
    out.export_width = m_width->value();
    out.export_height = m_height->value();
    out.export_print = m_palette->currentIndex() == 1;
    return out;
}

void ExportDialog::check() {
    const bool any = m_svg->isChecked() || m_pdf->isChecked() || m_png->isChecked();
    m_go->setEnabled(any);
    m_problem->setText(any ? QString() : QStringLiteral("Choose at least one format."));
}

void ExportDialog::chooseFolder() {
    const QString chosen = QFileDialog::getExistingDirectory(this, QStringLiteral("Folder for the charts"), m_folder);
    if (chosen.isEmpty()) return;
    m_folder = chosen;
    m_where->setText(chosen);
}

} // namespace looptax
