package museum.lienzo

import android.app.Application
import android.content.Context
import android.net.Uri
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia
import androidx.activity.result.contract.ActivityResultContracts.TakePicture
import androidx.annotation.StringRes
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.core.content.FileProvider
import androidx.core.graphics.toColorInt
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import androidx.lifecycle.viewmodel.compose.viewModel
import java.io.File
import java.io.IOException
import kotlin.math.roundToInt
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        setContent { MaterialTheme { MainScreen() } }
    }
}

/** What the screen shows. */
data class MainState(
    val photo: Photo? = null,
    val answer: Answer? = null,
    val isLooking: Boolean = false,
    @StringRes val problem: Int? = null,
)

class MainModel(application: Application) : AndroidViewModel(application) {
    private val gateway = Gateway(BuildConfig.GATEWAY, BuildConfig.KEY)
    private var call: Job? = null

    var state by mutableStateOf(MainState())
        private set

    fun classify(uri: Uri) {
        call?.cancel()
        state = MainState(isLooking = true)
        call = viewModelScope.launch {
            state = try {
                val resolver = getApplication<Application>().contentResolver
                val info = withContext(Dispatchers.IO) { gateway.info() }
                val photo = withContext(Dispatchers.IO) { readPhoto(resolver, uri, info.photoSide) }
                state = state.copy(photo = photo)
                val answer = withContext(Dispatchers.IO) { gateway.analyze(photo.jpeg, info.catalogue) }
                state.copy(answer = answer, isLooking = false)
            } catch (error: Refused) {
                state.copy(problem = wordsFor(error.reason), isLooking = false)
            } catch (error: IOException) {
                state.copy(problem = R.string.no_answer, isLooking = false)
            }
        }
    }

    fun cancel() {
        call?.cancel() // the answer, if one still comes, is dropped
        state = state.copy(isLooking = false)
    }
}

@StringRes
private fun wordsFor(reason: String): Int = when (reason) {
    "NOT_A_PICTURE", "TRUNCATED_PICTURE", "DAMAGED_PICTURE" -> R.string.not_a_picture
    "PICTURE_TOO_LARGE", "TOO_MANY_PIXELS" -> R.string.picture_too_large
    "PICTURE_TOO_SMALL" -> R.string.picture_too_small
    "OVERLOADED" -> R.string.overloaded
    "BACKEND_UNAVAILABLE" -> R.string.backend_unavailable
    "MISSING_CREDENTIALS" -> R.string.missing_credentials
    "INVALID_CREDENTIALS" -> R.string.invalid_credentials
    else -> R.string.other
}

@Composable
private fun MainScreen(model: MainModel = viewModel()) {
    val state = model.state
    Scaffold { margins ->
        Column(
            Modifier.padding(margins).padding(16.dp).verticalScroll(rememberScrollState()),
            Arrangement.spacedBy(16.dp),
        ) {
            state.photo?.let { Picture(it, state.answer?.outline.orEmpty()) }
            Choices(model::classify)
            if (state.isLooking) {
                Text(stringResource(R.string.looking))
                OutlinedButton(model::cancel) { Text(stringResource(R.string.cancel)) }
            }
            state.problem?.let { Text(stringResource(it), color = MaterialTheme.colorScheme.error) }
            state.answer?.let { Result(it) }
        }
    }
}

@Composable
private fun Choices(classify: (Uri) -> Unit) {
    val context = LocalContext.current
    var taken by rememberSaveable { mutableStateOf<Uri?>(null) }
    val pick = rememberLauncherForActivityResult(PickVisualMedia()) { it?.let(classify) }
    val take = rememberLauncherForActivityResult(TakePicture()) { done -> if (done) taken?.let(classify) }
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        Button(onClick = { pick.launch(PickVisualMediaRequest(PickVisualMedia.ImageOnly)) }) {
            Text(stringResource(R.string.choose))
        }
        Button(onClick = { taken = newPhoto(context).also(take::launch) }) { Text(stringResource(R.string.take)) }
    }
}

private fun newPhoto(context: Context): Uri {
    val folder = File(context.cacheDir, "photos").apply { mkdirs() }
    return FileProvider.getUriForFile(context, "${context.packageName}.photos", File(folder, "photo.jpg"))
}

@Composable
private fun Picture(photo: Photo, outline: List<Corner>) {
    val bitmap = photo.bitmap
    Box(Modifier.fillMaxWidth().aspectRatio(bitmap.width.toFloat() / bitmap.height)) {
        Image(bitmap.asImageBitmap(), stringResource(R.string.your_picture), Modifier.matchParentSize())
        if (outline.isNotEmpty()) {
            Canvas(Modifier.matchParentSize()) {
                val scale = size.width / bitmap.width
                val path = Path()
                outline.forEachIndexed { index, corner ->
                    val (x, y) = corner.x * scale to corner.y * scale
                    if (index == 0) path.moveTo(x, y) else path.lineTo(x, y)
                }
                path.close()
                drawPath(path, Color(0xFFFFD700), style = Stroke(3.dp.toPx()))
            }
        }
    }
}

@Composable
private fun Result(answer: Answer) {
    val percent = (answer.confidence * 100).roundToInt()
    Text(answer.title ?: stringResource(R.string.not_recognized), style = MaterialTheme.typography.headlineSmall)
    Text(stringResource(R.string.confidence, percent))
    if (answer.isGroup) Text(stringResource(R.string.which_of_them))
    if (answer.isPartial) Text(stringResource(R.string.partial))
    LinearProgressIndicator(progress = { answer.confidence }, modifier = Modifier.fillMaxWidth())
    Row(Modifier.fillMaxWidth().height(48.dp)) {
        answer.palette.filter { it.share > 0 }.forEach {
            Box(Modifier.weight(it.share).fillMaxHeight().background(Color(it.hex.toColorInt())))
        }
    }
}
