using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Lienzo.Sample;

/// <summary>A corner of an outline, in pixels of the photo that was sent.</summary>
public sealed record Corner(float XPx, float YPx);

/// <summary>A colour as #rrggbb, and how much of the photo it is, 0 to 1.</summary>
public sealed record Swatch(string Hex, double Share);

/// <summary>What a gateway says of a photo.</summary>
/// <param name="Title">Null where nothing was recognised.</param>
/// <param name="IsGroup">Whether the title is that of a group, such as dog: which of its labels it is, is not sure.</param>
/// <param name="Confidence">0 to 1; of the nearest label where nothing was recognised.</param>
/// <param name="Outline">Four corners, or none.</param>
/// <param name="Photo">Size of the photo that was sent, in pixels.</param>
/// <param name="Palette">The colours, by falling share.</param>
/// <param name="IsPartial">Whether works of a part of the catalogue could not be looked for.</param>
public sealed record Answer(
    string? Title, bool IsGroup, double Confidence, IReadOnlyList<Corner> Outline, SizeF Photo,
    IReadOnlyList<Swatch> Palette, bool IsPartial);

/// <summary>What a server takes and has.</summary>
public sealed record ServerInfo(int PhotoSidePx, IReadOnlyList<string> Catalogues);

/// <summary>A gateway answered, but no.</summary>
public sealed class RefusedException(string reason, string message) : Exception(message)
{
    /// <summary>Stable and for programs, such as NOT_A_PICTURE; empty where something else answered.</summary>
    public string Reason { get; } = reason;
}

/// <summary>Asks a gateway over plain HTTP; one for the whole app.</summary>
public sealed class Gateway
{
    private readonly HttpClient http;

    /// <param name="address">Of the HTTP port; ends with a slash.</param>
    /// <param name="key">Empty where the server asks for none.</param>
    public Gateway(Uri address, string key)
    {
        http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
        if (CultureInfo.CurrentUICulture.Name is { Length: > 0 } language)
        {
            http.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        }
        if (key.Length > 0)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public async Task<ServerInfo> InfoAsync(CancellationToken cancelled)
    {
        using var response = await http.GetAsync("v1/info", cancelled);
        return await ReadAsync<ServerInfo>(response, cancelled);
    }

    /// <summary>Label, colours, and the works of a catalogue where there is one: the photo is sent once.</summary>
    public async Task<Answer> AnalyzeAsync(byte[] photo, string? catalogue, CancellationToken cancelled)
    {
        var works = catalogue is null ? "" : $"&works=true&catalogue={Uri.EscapeDataString(catalogue)}";
        using var body = new ByteArrayContent(photo);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var response = await http.PostAsync($"v1/analyze?colors=6{works}", body, cancelled);
        return ToAnswer(await ReadAsync<AnalyzeMessage>(response, cancelled));
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancelled)
    {
        try
        {
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadFromJsonAsync<T>(cancelled) ?? throw new JsonException("no message");
            }
            var problem = await response.Content.ReadFromJsonAsync<Problem>(cancelled);
            throw new RefusedException(problem?.Reason ?? "", problem?.Detail ?? response.ReasonPhrase ?? "");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new HttpRequestException("something other than a gateway answers there", error);
        }
    }

    private static Answer ToAnswer(AnalyzeMessage message)
    {
        var colors = message.Palette?.Colors ?? [];
        var size = new SizeF(message.ImageInfo?.WidthPx ?? 0, message.ImageInfo?.HeightPx ?? 0);
        if (message.Works is [var work, ..])
        {
            var title = work.Title.Length > 0 ? work.Title : work.WorkId;
            return new Answer(title, false, work.Confidence, work.Quad, size, colors, message.WorksPartial);
        }
        var found = message.Recognition;
        var (known, group) = (found?.Recognized, found?.Group);
        return new Answer(
            NameOf(known?.Label ?? group?.Name, known?.Meaning ?? group?.Meaning),
            group is not null,
            known?.Probability ?? group?.Probability ?? found?.NotRecognized?.Score ?? 0,
            found?.Verification?.Outline ?? [],
            size,
            colors,
            message.WorksPartial);
    }

    /// <summary>The name that the model has for a label or group in the caller's language, else its own.</summary>
    private static string? NameOf(string? label, Meaning? meaning) =>
        meaning is { Name.Length: > 0 } ? meaning.Name : label?.Replace('_', ' ');

    // The messages as JSON, as far as the app shows them. ReadFromJsonAsync takes names in any case.
    private sealed record AnalyzeMessage(
        Recognition? Recognition, IReadOnlyList<Work>? Works, Palette? Palette, ImageInfo? ImageInfo,
        bool WorksPartial);
    private sealed record ImageInfo(int WidthPx, int HeightPx);
    private sealed record Recognition(
        Recognized? Recognized, NotRecognized? NotRecognized, Verification? Verification, Group? Group);
    private sealed record Recognized(string Label, double Probability, Meaning? Meaning);
    private sealed record Group(string Name, double Probability, Meaning? Meaning);
    private sealed record Meaning(string Name);
    private sealed record NotRecognized(double Score);
    private sealed record Verification(IReadOnlyList<Corner> Outline);
    private sealed record Work(string WorkId, string Title, double Confidence, IReadOnlyList<Corner> Quad);
    private sealed record Palette(IReadOnlyList<Swatch> Colors);
    private sealed record Problem(string Reason, string Detail);
}
