use tokio::task::{JoinHandle, yield_now};

use super::*;

const DAMAGED: u32 = 13;
const PATIENCE: Duration = Duration::from_secs(5);

/// Knows the double of every key but zero; answers when it may, and remembers what it was asked.
struct Source {
    may_answer: Semaphore,
    asked: Mutex<Vec<Vec<u32>>>,
    is_away: bool,
}

impl Source {
    async fn read(&self, keys: &[u32]) -> Answers<u32, u32> {
        self.asked.lock().push(keys.to_vec());
        self.may_answer.acquire().await.unwrap().forget();
        if self.is_away {
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        if keys.contains(&DAMAGED) {
            return Err(StoreError::Corrupt("damaged".to_owned()));
        }
        Ok(keys.iter().filter(|key| **key > 0).map(|key| (*key, key * 2)).collect())
    }

    /// Waits until it has been asked so often.
    async fn asked(&self, times: usize) -> Vec<Vec<u32>> {
        while self.asked.lock().len() < times {
            yield_now().await;
        }
        self.asked.lock().clone()
    }
}

struct Scene {
    source: Arc<Source>,
    together: Arc<Together<Source, u32, u32>>,
}

type Answer = JoinHandle<Result<Option<u32>, StoreError>>;

impl Scene {
    fn new(is_away: bool) -> Self {
        let source = Arc::new(Source { may_answer: Semaphore::new(0), asked: Mutex::default(), is_away });
        let together = Together::new(source.clone(), PATIENCE, |source, keys| Box::pin(source.read(keys)));
        Self { source, together: Arc::new(together) }
    }

    fn ask(&self, key: u32) -> Answer {
        let together = self.together.clone();
        tokio::spawn(async move { together.ask(key).await })
    }

    /// As many queries are under way as there may be.
    async fn busy(&self) -> Vec<Answer> {
        let mut answers = vec![];
        for number in 1..=UNDER_WAY {
            answers.push(self.ask(100));
            self.source.asked(number).await;
        }
        answers
    }

    fn answer_all(&self) {
        self.source.may_answer.add_permits(1_000);
    }

    async fn waiting(&self, count: usize) {
        while self.together.desk.line.lock().waiting.len() < count {
            yield_now().await;
        }
    }
}

#[tokio::test]
async fn those_who_come_while_queries_are_under_way_share_the_next_one() {
    let scene = Scene::new(false);
    let busy = scene.busy().await;
    let answers: Vec<Answer> = [0, 1, 2, 1].map(|key| scene.ask(key)).into();
    scene.waiting(4).await;
    scene.answer_all();
    assert_eq!(scene.source.asked(UNDER_WAY + 1).await.pop(), Some(vec![0, 1, 2, 1]));
    let mut told = vec![];
    for answer in answers {
        told.push(answer.await.unwrap().unwrap());
    }
    assert_eq!(told, [None, Some(2), Some(4), Some(2)]);
    for answer in busy {
        assert_eq!(answer.await.unwrap().unwrap(), Some(200));
    }
    assert_eq!(scene.together.desk.line.lock().under_way, 0, "nobody is kept waiting for work");
}

#[tokio::test]
async fn whoever_goes_away_is_not_asked_for() {
    let scene = Scene::new(false);
    scene.busy().await;
    let (gone, stays) = (scene.ask(1), scene.ask(2));
    scene.waiting(2).await;
    gone.abort();
    assert!(gone.await.is_err());
    scene.answer_all();
    assert_eq!(stays.await.unwrap().unwrap(), Some(4));
    assert_eq!(scene.source.asked(UNDER_WAY + 1).await.pop(), Some(vec![2]));
}

#[tokio::test]
async fn what_is_damaged_is_told_to_those_alone_who_asked_for_it() {
    let scene = Scene::new(false);
    scene.answer_all();
    let (damaged, sound) = (scene.ask(DAMAGED), scene.ask(1));
    assert!(matches!(damaged.await.unwrap(), Err(StoreError::Corrupt(_))));
    assert_eq!(sound.await.unwrap().unwrap(), Some(2));
}

#[tokio::test]
async fn a_source_that_is_away_is_told_to_all() {
    let scene = Scene::new(true);
    scene.answer_all();
    for answer in [scene.ask(1), scene.ask(2)] {
        assert!(matches!(answer.await.unwrap(), Err(StoreError::Unavailable(_))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_says_nothing_keeps_nobody_longer_than_their_patience() {
    let scene = Scene::new(false);
    let began = tokio::time::Instant::now();
    assert!(matches!(scene.ask(1).await.unwrap(), Err(StoreError::Unavailable(_))));
    assert_eq!(began.elapsed(), PATIENCE);
}
