// Which settings of a plan stand where in the panel, with their words: tables and nothing else.
#pragma once

#include "domain/design.h"

class QWidget;

namespace looptax {

class FormSection;

FormSection* makeConductSection(QWidget* parent);                              // repeats, cache modes, bad turns
FormSection* makeAnalysisSection(QWidget* parent);                             // what the verdicts are held to
FormSection* makeAdvancedSection(const Catalogue& catalogue, QWidget* parent); // everything else

} // namespace looptax
