#include "ui/window/window_settings.h"

#include <QHash>
#include <QSettings>
#include <QVariant>

#include <algorithm>
#include <type_traits>

namespace looptax {

namespace {

constexpr int kLeast = 320, kMost = 8000; // px of an exported picture

template <class Member> void readMember(const QSettings& ini, const char* key, Member& member) {
    const QVariant value = ini.value(QLatin1String(key));
    if (!value.isValid()) return;
    if constexpr (std::is_same_v<Member, int>) {
        bool ok = false;
        const int number = value.toInt(&ok);
        if (ok) member = std::clamp(number, kLeast, kMost);
    } else if constexpr (std::is_same_v<Member, bool>) {
        const QString text = value.toString();
        if (text == QLatin1String("true") || text == QLatin1String("false")) member = text == QLatin1String("true");
    } else {
        if (value.canConvert<Member>()) member = value.value<Member>();
    }
}

} // namespace

WindowSettings readWindowSettings(const QString& file) {
    WindowSettings out;
    if (file.isEmpty()) return out;
    const QSettings ini(file, QSettings::IniFormat);
    visitSettings(out, [&](const char* key, auto& member) { readMember(ini, key, member); });
    static const QStringList kAppearances{QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")};
    if (!kAppearances.contains(out.appearance)) out.appearance = kAppearances.front();
    if (out.recent.size() > kMostRecent) out.recent.resize(kMostRecent);
    return out;
}

bool writeWindowSettings(const QString& file, const WindowSettings& settings, const WindowSettings& before) {
    if (file.isEmpty()) return true;
    QHash<QString, QVariant> old;
    visitSettings(before, [&](const char* key, const auto& member) { old[QLatin1String(key)] = QVariant::fromValue(member); });
    QSettings ini(file, QSettings::IniFormat);
    visitSettings(settings, [&](const char* key, const auto& member) {
        const QVariant value = QVariant::fromValue(member);
        if (value != old.value(QLatin1String(key))) ini.setValue(QLatin1String(key), value);
    });
    ini.sync();
    return ini.status() == QSettings::NoError;
}

void noteRecent(WindowSettings& settings, const QString& folder) {
    settings.recent.removeAll(folder);
    settings.recent.prepend(folder);
    if (settings.recent.size() > kMostRecent) settings.recent.resize(kMostRecent);
}

ExportSettings exportSettings(const WindowSettings& settings) {
    ExportSettings out;
    out.formats.clear();
    if (settings.export_svg) out.formats.push_back(PictureFormat::Svg);
    if (settings.export_pdf) out.formats.push_back(PictureFormat::Pdf);
    if (settings.export_png) out.formats.push_back(PictureFormat::Png);
    out.size = QSizeF(settings.export_width, settings.export_height);
    out.theme = settings.export_print ? ThemeKind::Print : ThemeKind::Light;
    return out;
}

} // namespace looptax
