//! Certificate and refusal as PDF/A-3 pages in Kazakh and Russian.
