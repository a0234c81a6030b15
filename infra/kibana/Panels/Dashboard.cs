namespace Pipeline.Kibana.Panels;

/// <param name="Id">Stable: the saved object's id, so that an import replaces what an earlier one brought.</param>
internal sealed record Dashboard(string Id, string Title, string Description, IReadOnlyList<Row> Rows);

/// <summary>Panels side by side.</summary>
/// <param name="Height">In grid units of some 20 pixels.</param>
internal sealed record Row(int Height, params IReadOnlyList<Panel> Panels);

/// <param name="Id">Unique within its dashboard and stable.</param>
/// <param name="Width">Of the grid's 48 columns.</param>
/// <param name="Description">Says what is counted and what is not; Kibana shows it behind the title.</param>
/// <param name="Where">Null = all documents.</param>
internal sealed record Panel(string Id, string Title, int Width, Chart Chart, string Description, Condition? Where = null);

/// <summary>A list to pick values from, above the panels of every dashboard.</summary>
internal sealed record Control(string Id, string Title, Fields.Dimension Field);
