"""What people look at before they train: numbers of data sets, figures, and one page with both."""
