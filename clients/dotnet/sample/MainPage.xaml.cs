namespace Lienzo.Sample;

/// <summary>The page of the original Xamarin app, under the same names.</summary>
public partial class MainPage : ContentPage
{
    // Of your museum; a key in an app is everybody's, so let your own server hand out tokens.
    private readonly Gateway gateway = new(new Uri("https://museum.example/"), key: "");
    private readonly OutlineDrawable outline = new();
    private byte[]? photo;
    private string? catalogue;
    private CancellationTokenSource? call;

    public MainPage()
    {
        InitializeComponent();
        OutlineView.Drawable = outline;
    }

    private async void ElegirImage(object? sender, EventArgs arguments) =>
        await TryAsync(async cancelled =>
        {
            var options = await OptionsAsync(cancelled);
            options.SelectionLimit = 1;
            var files = await MediaPicker.Default.PickPhotosAsync(options);
            await ShowAsync(files.FirstOrDefault());
        });

    private async void TomarFoto(object? sender, EventArgs arguments) =>
        await TryAsync(async cancelled => await ShowAsync(
            MediaPicker.Default.IsCaptureSupported
                ? await MediaPicker.Default.CapturePhotoAsync(await OptionsAsync(cancelled))
                : throw new RefusedException("CAMERA_MISSING", "")));

    private async void Clasificar(object? sender, EventArgs arguments)
    {
        if (call is not null)
        {
            call.Cancel(); // the button says Cancel while a call is made
            return;
        }
        await TryAsync(async cancelled =>
        {
            var answer = await gateway.AnalyzeAsync(photo ?? [], catalogue, cancelled);
            var title = answer.Title ?? "Not recognised";
            title += answer.IsGroup ? ". Which of them it is, is not sure." : "";
            ResponseLabel.Text = answer.IsPartial ? $"{title}. A part of the catalogue did not answer." : title;
            Accuracy.Progress = answer.Confidence;
            ShowOutline(answer.Outline, answer.Photo);
            ShowPalette(answer.Palette);
        });
    }

    /// <summary>Lets the system turn and reduce the photo to what the server looks at. Needs .NET 10.</summary>
    private async Task<MediaPickerOptions> OptionsAsync(CancellationToken cancelled)
    {
        var info = await gateway.InfoAsync(cancelled);
        catalogue = info.Catalogues.FirstOrDefault();
        return new MediaPickerOptions
        {
            MaximumWidth = info.PhotoSidePx,
            MaximumHeight = info.PhotoSidePx,
            CompressionQuality = 85,
            RotateImage = true,
        };
    }

    private async Task ShowAsync(FileResult? file)
    {
        if (file is null)
        {
            return; // the user went back
        }
        using var stream = await file.OpenReadAsync();
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        var taken = bytes.ToArray();
        photo = taken;
        Img.Source = ImageSource.FromStream(() => new MemoryStream(taken));
        ResponseLabel.Text = "";
        Accuracy.Progress = 0;
        ShowOutline([], SizeF.Zero);
        ShowPalette([]);
    }

    private void ShowOutline(IReadOnlyList<Corner> corners, SizeF size)
    {
        outline.Show(corners, size);
        OutlineView.Invalidate();
    }

    private void ShowPalette(IReadOnlyList<Swatch> colors)
    {
        PaletteGrid.Clear();
        PaletteGrid.ColumnDefinitions.Clear();
        foreach (var (color, column) in colors.Select((color, column) => (color, column)))
        {
            PaletteGrid.ColumnDefinitions.Add(new ColumnDefinition(new GridLength(color.Share, GridUnitType.Star)));
            PaletteGrid.Add(new BoxView { Color = Color.FromArgb(color.Hex) }, column);
        }
    }

    /// <summary>Does something that may fail; errors are said in words.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> action)
    {
        call?.Cancel();
        using var current = new CancellationTokenSource();
        call = current;
        Busy.IsRunning = true;
        ProblemLabel.IsVisible = false;
        ClasificarButton.Text = "Cancel";
        ClasificarButton.IsEnabled = true;
        try
        {
            await action(current.Token);
        }
        catch (OperationCanceledException) when (current.IsCancellationRequested)
        {
            // The user has cancelled.
        }
        catch (Exception error) when (error is RefusedException or HttpRequestException or OperationCanceledException
            or PermissionException)
        {
            ProblemLabel.Text = Words(error);
            ProblemLabel.IsVisible = true;
        }
        finally
        {
            if (call == current) // else another one has begun
            {
                call = null;
                Busy.IsRunning = false;
                ClasificarButton.Text = "Classify";
                ClasificarButton.IsEnabled = photo is not null;
            }
        }
    }

    private static string Words(Exception error) => error switch
    {
        RefusedException refused => refused.Reason switch
        {
            "NOT_A_PICTURE" or "TRUNCATED_PICTURE" or "DAMAGED_PICTURE" =>
                "This is not a picture. JPEG, PNG, WebP and HEIC are read.",
            "PICTURE_TOO_LARGE" or "TOO_MANY_PIXELS" => "The picture is too large.",
            "PICTURE_TOO_SMALL" => "The picture is too small.",
            "OVERLOADED" => "Many are asking right now. Try again in a moment.",
            "BACKEND_UNAVAILABLE" => "A part of the server does not answer. Try again in a moment.",
            "MISSING_CREDENTIALS" => "This server asks for a key.",
            "INVALID_CREDENTIALS" => "The key is not right.",
            "CAMERA_MISSING" => "No camera was found. Choose a picture instead.",
            _ => "That did not work. Try again in a moment.",
        },
        PermissionException => "The camera was refused. Allow it in the settings of the system.",
        OperationCanceledException => "That took too long. Try again in a moment.",
        _ => "The server does not answer. Is there a network?",
    };
}
