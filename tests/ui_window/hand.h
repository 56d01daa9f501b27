// What a person does to the window: looks for a control by what stands on it and clicks it. Counts the
// clicks.
#pragma once

#include "ui/window/main_window.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QDropEvent>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QTest>
#include <QToolButton>

#include <functional>

namespace looptax {

inline QString plain(QString text) {
    text.remove(QLatin1Char('&'));
    return text;
}

// What a file manager does; false where the window does not take it.
inline bool dropOn(MainWindow& window, const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &enter);
    if (!enter.isAccepted()) return false;
    QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &drop);
    return drop.isAccepted();
}

class Hand {
public:
    explicit Hand(MainWindow& window) : m_window(window) {}

    int clicks = 0;

    // The first visible one with that text, in the window or in a dialog over it.
    static QAbstractButton* find(QWidget& within, const QString& text) {
        for (QAbstractButton* button : within.findChildren<QAbstractButton*>())
            if (button->isVisible() && plain(button->text()) == text) return button;
        return nullptr;
    }
    QAbstractButton* button(const QString& text) const { return find(m_window, text); }
    bool enabled(const QString& text) const {
        const QAbstractButton* found = button(text);
        return found != nullptr && found->isEnabled();
    }
    // Waits until it can be pressed, as a person would.
    bool click(const QString& text, int timeoutMs = 10'000) {
        if (!QTest::qWaitFor([&] { return enabled(text); }, timeoutMs)) return false;
        press(*button(text));
        return true;
    }
    void press(QWidget& widget) {
        ++clicks;
        QTest::mouseClick(&widget, Qt::LeftButton, {}, widget.rect().center());
    }
    // {"Export", "Charts…"}: each step is a click.
    bool menu(const QStringList& path) {
        auto* bar = m_window.findChild<QMenuBar*>();
        QList<QAction*> offered = bar->actions();
        QWidget* shown = bar;
        for (const QString& step : path) {
            QAction* wanted = nullptr;
            for (QAction* action : std::as_const(offered))
                if (plain(action->text()) == step) wanted = action;
            if (wanted == nullptr || !wanted->isEnabled()) return false;
            const QRect place = shown == bar ? bar->actionGeometry(wanted) : qobject_cast<QMenu*>(shown)->actionGeometry(wanted);
            ++clicks;
            QMenu* further = wanted->menu(); // what is chosen may be gone after the click
            QTest::mouseClick(shown, Qt::LeftButton, {}, place.center());
            if (further == nullptr) return true;
            if (!QTest::qWaitFor([&] { return further->isVisible(); }, 2'000)) return false;
            shown = further;
            offered = further->actions();
        }
        return false;
    }
    // A dialog of that class over the window.
    template <class Dialog> Dialog* dialog() const {
        Dialog* found = nullptr;
        const bool there = QTest::qWaitFor(
            [&] {
                for (Dialog* each : m_window.template findChildren<Dialog*>())
                    if (each->isVisible()) found = each;
                return found != nullptr;
            },
            5'000);
        return there ? found : nullptr;
    }

private:
    MainWindow& m_window;
};

} // namespace looptax
