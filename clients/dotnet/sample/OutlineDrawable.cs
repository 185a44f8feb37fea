namespace Lienzo.Sample;

/// <summary>Draws the outline of a work over a photo that is shown as AspectFit shows it.</summary>
public sealed class OutlineDrawable : IDrawable
{
    private IReadOnlyList<Corner> corners = [];
    private SizeF photo;

    /// <param name="outline">In pixels of the photo.</param>
    /// <param name="size">Of the photo, in pixels.</param>
    public void Show(IReadOnlyList<Corner> outline, SizeF size)
    {
        corners = outline;
        photo = size;
    }

    public void Draw(ICanvas canvas, RectF space)
    {
        if (corners.Count == 0 || photo.IsZero)
        {
            return;
        }
        var scale = Math.Min(space.Width / photo.Width, space.Height / photo.Height);
        var left = (space.Width - (photo.Width * scale)) / 2;
        var top = (space.Height - (photo.Height * scale)) / 2;
        var path = new PathF();
        foreach (var corner in corners)
        {
            var point = new PointF(left + (corner.XPx * scale), top + (corner.YPx * scale));
            if (path.Count == 0)
            {
                path.MoveTo(point);
            }
            else
            {
                path.LineTo(point);
            }
        }
        path.Close();
        canvas.StrokeColor = Colors.Gold;
        canvas.StrokeSize = 3;
        canvas.DrawPath(path);
    }
}
