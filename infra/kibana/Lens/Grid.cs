using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

internal readonly record struct GridArea(int X, int Y, int Width, int Height);

/// <summary>Puts rows of panels onto the dashboard's grid, one under the other.</summary>
internal static class Grid
{
    public const int Columns = 48;

    public static IEnumerable<(Panel Panel, GridArea Area)> Place(IEnumerable<Row> rows)
    {
        var y = 0;
        foreach (var row in rows)
        {
            var x = 0;
            foreach (var panel in row.Panels)
            {
                yield return (panel, new GridArea(x, y, panel.Width, row.Height));
                x += panel.Width;
            }

            if (x != Columns) throw new InvalidOperationException($"the row of {row.Panels[0].Id} is {x} columns wide, not {Columns}");
            y += row.Height;
        }
    }
}
