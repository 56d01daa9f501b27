// One target of the plan: its model, and under a fold its name, kind, address or command, and the variable
// that holds its key. What is not touched stays as it was given. The key itself is never asked for: a text
// that cannot be the name of a variable is not taken into the plan.
#pragma once

#include "domain/plan.h"
#include "runtime/probe.h"
#include "ui/widgets/field_mark.h"

#include <QFrame>

#include <vector>

class QGridLayout;
class QLabel;
class QLineEdit;
class QToolButton;

namespace looptax {

class Fold;
class QuietCombo;

class TargetCard : public QFrame {
    Q_OBJECT
public:
    explicit TargetCard(const Target& target, QWidget* parent);

    const Target& target() const { return m_target; }
    std::vector<PlanField> fields(int index) const;         // paths of "$.targets[index]"
    void setModels(const std::vector<std::string>& models); // those the runtime at this address has
    void setPlace(int index, int count);                    // which of the move buttons make sense
    void setCounts();                                       // after the marks were presented
    void unfoldMistakes();
    void focusFirst();

Q_SIGNALS:
    void edited();
    void removed();
    void moved(int by);

private:
    struct Row {
        QLabel* label;
        QWidget* control;
        FieldMark* mark;
    };
    Row addRow(QGridLayout* grid, const QString& label, QWidget* control, const QString& subject, const QString& tip);
    QLineEdit* addLine(QGridLayout* grid, Row& row, const QString& label, const QString& subject, const QString& tip);
    void buildHead();
    void buildDetails();
    void connectLine(QLineEdit* line, FieldMark* mark, std::function<void(const QString&)> set);
    void showAll();
    void showModel();
    void arrange(); // which rows make sense for this kind and way of starting
    void sayTitle();
    void checkVariable();
    void setManaged(bool managed);

    Target m_target;
    ManagedCommand m_command; // what stood there before the card was switched to an address, and back
    std::string m_address;
    std::vector<std::string> m_models;

    QLabel* m_title;
    QToolButton* m_up;
    QToolButton* m_down;
    QToolButton* m_remove;
    Fold* m_details;
    QuietCombo* m_model;
    QuietCombo* m_kind;
    QuietCombo* m_way;
    QLineEdit* m_id;
    QLineEdit* m_url;
    QLineEdit* m_key;
    QLineEdit* m_program;
    QLineEdit* m_file;
    QLineEdit* m_arguments;
    FieldMark* m_whole; // of the target as such: unknown keys
    Row m_modelRow{};
    Row m_idRow{};
    Row m_kindRow{};
    Row m_wayRow{};
    Row m_urlRow{};
    Row m_keyRow{};
    Row m_programRow{};
    Row m_fileRow{};
    Row m_argumentsRow{};
};

QString kindWords(TargetKind kind); // "llama-server", "Ollama", "OpenAI-compatible"

} // namespace looptax
